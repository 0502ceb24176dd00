"""What the documentation says is there, and nothing else."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from compat.content import SINTEL
from tests.support import DEADLINE
from tests.web.stand import PASSWORD, USERNAME, a_stand

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)]*)?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
OURS = ("make ", "curl ", "qbitproxy")
MOST_LINES = 400

RUN_BY = {
    "make demo": "tests/test_demo.py",
    "make test": ".ci/run",
    "make clients": "tests/clients/test_libraries.py",
    "make run": ".ci/run",
    "curl ": "tests/test_docs.py",
    "qbitproxy config import ": "tests/settings/test_decypharr.py",
    "qbitproxy config ": ".ci/run",
    "qbitproxy": ".ci/run",
}
"""The start of every command of ours in the documentation -> what runs it."""

UNWELCOME = {
    "a path of the machine it was written on": "/" + r"work/|\.\./" + r"shared|/" + r"tmp/brief|/" + "root/",
    "another registry than the public one": "index" + r"-url|find" + r"-links|artifac" + "tory",
    "how the work was organised": r"\bthe le" + r"ad\b|\bhel" + r"per H\d|sub" + r"agent|facts" + " file",
}
"""What no file says -> how to tell; written in halves, as this file is searched as well."""

REGISTRY = re.compile(r'(?:registry|url) = "(https?://[^/"]+)')


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[str]:
    """The lines of a page's shell examples that run something of ours."""
    lines = [line.strip() for block in SHELL.findall(page.read_text()) for line in block.splitlines()]
    return [line for line in lines if line.startswith(OURS)]


def anchors(page: Path) -> set[str]:
    """What can stand behind a `#`, as GitHub makes it out of headings."""
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.read_text()))
    return {f"#{heading.replace(' ', '-')}" for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [
        (page.parent / file if file else page, anchor)
        for file, anchor in LINK.findall(page.read_text())
        if "://" not in file
    ]

    assert [target for target, _ in links if not target.exists()] == []
    assert [(t, anchor) for t, anchor in links if anchor and anchor not in anchors(t)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_is_run_by_something(page: Path) -> None:
    unproved = [command for command in commands(page) if not command.startswith(tuple(RUN_BY))]

    assert unproved == []
    assert all((ROOT / what).exists() for what in RUN_BY.values())


@pytest.mark.parametrize("page", [page for page in PAGES if "curl " in "".join(commands(page))], ids=name_of)
async def test_every_curl_example_works(page: Path, tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        environ = os.environ | {"API_TOKEN": stand.token, "NO_PROXY": "127.0.0.1"}
        fill = {
            "http://127.0.0.1:8282": str(stand.client.make_url("/")).rstrip("/"),
            "magnet:?xt=urn:btih:...": SINTEL.magnet(),
            '"admin"': f'"{USERNAME}"',
            "your_password": PASSWORD,
            "curl ": "curl --silent --show-error --fail ",
        }
        for command in (command for command in commands(page) if command.startswith("curl ")):
            for placeholder, value in fill.items():
                command = command.replace(placeholder, value)
            said = await shell(command, tmp_path, environ)
            answer = msgspec.json.decode(said) if said else None
            if isinstance(answer, dict):
                assert "errors" not in answer
                environ["API_TOKEN"] = answer.get("token", environ["API_TOKEN"])


async def shell(command: str, folder: Path, environ: dict[str, str]) -> bytes:
    """What a command prints; it has to succeed."""
    async with asyncio.timeout(DEADLINE):
        process = await asyncio.create_subprocess_shell(
            command,
            cwd=folder,
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return said


def test_every_make_target_of_the_documentation_exists() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target for page in PAGES for target in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.M)
    }

    assert named <= made


@pytest.mark.parametrize("what", UNWELCOME)
def test_no_file_tells(what: str) -> None:
    unwelcome = re.compile(UNWELCOME[what])
    texts = {path: path.read_text(errors="replace") for path in tracked() if path.name != "LICENSE"}

    assert [name_of(path) for path, text in texts.items() if unwelcome.search(text)] == []


def test_locked_packages_come_from_the_public_registry() -> None:
    hosts = set(REGISTRY.findall((ROOT / "uv.lock").read_text()))

    assert hosts == {"https://pypi.org", "https://files.pythonhosted.org"}


def test_no_module_outgrows_its_one_sentence() -> None:
    modules = [path for folder in ("qbitproxy", "compat") for path in (ROOT / folder).rglob("*.py")]

    assert {str(m): n for m in modules if (n := len(m.read_text().splitlines())) > MOST_LINES} == {}
