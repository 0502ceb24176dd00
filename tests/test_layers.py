"""Who may import whom."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "qbitproxy"

EDGE = "accounts core hooks library outbox recent references repairs roster settings sources turns web"
MAY_IMPORT = {
    "__main__": "access daemon logs providers recent settings store threads web.api",
    "access": "accounts clock core daemon",
    "accounts": "core store",
    "arrs": "core",
    "bencode": "",
    "budget": "core",
    "circuit": "core",
    "clock": "",
    "core": "",
    "daemon": "accounts clock core guard hooks library notifiers outbox recent references repairs roster "
    "serving settings signals sources store systemd threads web web.app whole wiring workers",
    "files": "clock core settings",
    "guard": "",
    "hooks": "whole",
    "http": "budget circuit core pace session settings",
    "library": "core store",
    "logs": "",
    "notifiers": "core outbox",
    "outbox": "store",
    "pace": "core",
    "providers": "core",
    "recent": "",
    "references": "core store",
    "repairs": "core store",
    "roster": "arrs core guard http settings",
    "serving": "clock settings web",
    "session": "core",
    "settings": "core",
    "signals": "",
    "sources": "bencode core",
    "store": "core",
    "systemd": "",
    "threads": "",
    "turns": "",
    "web": EDGE,
    "web.api": EDGE,
    "web.app": f"{EDGE} web.api web.qbit web.ui",
    "web.qbit": f"{EDGE} bencode",
    "web.ui": EDGE,
    "whole": "",
    "wiring": "core files http library notifiers outbox providers references repairs roster settings workers",
    "workers": "core files hooks library notifiers outbox references repairs sources turns",
}
"""A part of the package, named by the start of its modules' names -> the parts it may import.

The longest name that fits is a module's part; inside its part a module may import what it likes. The
package itself, which holds the version, is everybody's.
"""

IMPURE = frozenset(
    ["asyncio", "logging", "os", "shutil", "socket", "sqlite3", "subprocess", "threading", "time"]
)
"""What nothing in the core may know: the world outside, the present moment."""

PROMISES = frozenset(f"{PACKAGE}.core.{name}" for name in ("calls", "clock", "ports"))
"""The core's protocols: they may promise what is awaited, but do nothing."""


def modules(folder: str) -> dict[str, ast.Module]:
    """Every module of a package by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text()
        )
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


OURS = modules(PACKAGE)
THEIRS = modules("compat")
JUDGES = ("compat.cases", "compat.live")
"""The parts of the evidence in which our adapters are what is judged."""


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported, wherever in the file that happens."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test can read them"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in OURS else node.module


def part(module: str) -> str:
    """The part of the package that `module` belongs to, "" for the package itself."""
    name = module.removeprefix(PACKAGE).removeprefix(".")
    fitting = [each for each in MAY_IMPORT if name == each or name.startswith(f"{each}.")]
    return max(fitting, key=len, default="")


def test_every_module_belongs_to_a_part() -> None:
    homeless = [module for module in OURS if module != PACKAGE and not part(module)]

    assert homeless == []


def test_every_part_has_a_module() -> None:
    assert set(MAY_IMPORT) == {part(module) for module in OURS} - {""}


@pytest.mark.parametrize("module", OURS)
def test_a_module_imports_only_what_its_part_may(module: str) -> None:
    allowed = {"", part(module), *MAY_IMPORT.get(part(module), "").split()}

    reached = {part(name): name for name in imports(OURS[module]) if name.split(".")[0] == PACKAGE}

    assert {name for layer, name in reached.items() if layer not in allowed} == set()


@pytest.mark.parametrize("module", [module for module in OURS if part(module) == "core"])
def test_the_core_is_pure(module: str) -> None:
    tree = OURS[module]

    foreign = {name.split(".")[0] for name in imports(tree)} - {PACKAGE, "msgspec"}
    asynchronous = [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]

    assert foreign <= sys.stdlib_module_names - IMPURE
    assert asynchronous == [] or module in PROMISES


@pytest.mark.parametrize("module", [module for module in THEIRS if not module.startswith(JUDGES)])
def test_what_plays_the_others_knows_nothing_of_us(module: str) -> None:
    reached = [name for name in imports(THEIRS[module]) if name.startswith((PACKAGE, *JUDGES))]

    assert reached == []
