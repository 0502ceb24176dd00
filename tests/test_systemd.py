"""The unit file, judged by systemd itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qbitproxy.settings.schema import Settings

UNIT = Path(__file__).parents[1] / "contrib" / "systemd" / "qbitproxy.service"
TOOL = shutil.which("systemd-analyze")
MOST_EXPOSURE = 20  # tenths, of 100

needs_systemd = pytest.mark.skipif(
    TOOL is None and not os.environ.get("CI"), reason="no systemd-analyze: sudo apt install systemd"
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with every suggestion taken up, a program that exists, no folder of this machine."""
    text = UNIT.read_text().replace("/usr/local/bin/qbitproxy", sys.executable)
    copy = tmp_path / UNIT.name
    copy.write_text(
        "\n".join(line.removeprefix("#") if _suggests(line) else line for line in text.split("\n"))
    )
    return copy


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    judged = _analyze("verify", "--man=no", str(unit))

    assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")


@needs_systemd
def test_the_service_is_exposed_no_more_than_it_must_be(unit: Path) -> None:
    judged = _analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(unit))

    assert judged.returncode == 0, judged.stdout


def test_every_credential_of_the_unit_is_named_like_a_setting() -> None:
    credentials = [
        line.split("=")[1].split(":")[0] for line in UNIT.read_text().split("\n") if "LoadC" in line
    ]

    assert credentials
    for name in credentials:
        section, key = name.split(".")[0], name.split(".")[-1]
        assert section in Settings.__struct_fields__
        assert key == ("password" if section == "account" else "api_key")


def _suggests(line: str) -> bool:
    return line.startswith("#") and line[1:2].isupper() and "=" in line


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert TOOL is not None, "systemd-analyze is missing: apt install systemd"
    return subprocess.run(  # noqa: S603  arguments of our own
        [TOOL, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"LANG": "C.UTF-8", "SYSTEMD_PAGER": "cat", "PATH": os.environ["PATH"]},
    )
