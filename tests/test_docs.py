"""What the documentation says is there, and nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MOST_LINES = 400

RUN_BY = {
    "make demo": "tests/test_demo.py",
    "make test": ".ci/run",
    "make run": "tests/daemon/test_restart.py",
    'curl -H "Authorization: Bearer $API_TOKEN" -X POST http://127.0.0.1:8282/api/add': "tests/web/api",
    'curl -H "Authorization: Bearer $API_TOKEN" -X GET http://127.0.0.1:8282/api/torrents': "tests/web/api",
}
"""The start of every command in the README -> what runs it."""

UNWELCOME = re.compile("/" + r"work/|\.\./" + r"shared")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_command_of_the_readme_is_run_by_something() -> None:
    blocks = COMMAND.findall((ROOT / "README.md").read_text())
    commands = [line for block in blocks for line in block.splitlines()]

    assert commands
    for command in commands:
        assert any(command.startswith(start) for start in RUN_BY), command
    assert all((ROOT / what).exists() for what in RUN_BY.values())


def test_every_make_target_of_the_documentation_exists() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in PAGES for target in re.findall(r"`?make ([a-z]+)`?$", page.read_text(), re.M)}

    assert named <= made


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    texts = [path for path in tracked() if path.suffix in {".py", ".md", ".toml", ".service", ".yml", ""}]

    assert [str(path) for path in texts if UNWELCOME.search(path.read_text(errors="replace"))] == []


def test_no_module_outgrows_its_one_sentence() -> None:
    modules = [path for folder in ("qbitproxy", "compat") for path in (ROOT / folder).rglob("*.py")]

    assert {str(m): n for m in modules if (n := len(m.read_text().splitlines())) > MOST_LINES} == {}
