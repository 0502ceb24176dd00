"""What people are told when the disk refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from qbitproxy.files.problems import DiskProblem, NotYet, explained


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some"),
        (errno.EDQUOT, "free some"),
        (errno.EACCES, f"permission denied for user {os.geteuid()}"),
        (errno.EPERM, "give them access"),
        (errno.EROFS, "ReadWritePaths"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.ENOTCONN, "remount"),
        (errno.ELOOP, os.strerror(errno.ELOOP)),
    ],
)
def test_a_refusal_names_the_path_and_what_to_do(number: int, advice: str) -> None:
    with pytest.raises(DiskProblem) as caught, explained(Path("/downloads")):
        raise OSError(number, os.strerror(number), "/downloads/radarr")

    assert caught.value.detail.startswith("/downloads/radarr: ")
    assert advice in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_refusal_without_a_path_names_where_we_were() -> None:
    with pytest.raises(DiskProblem, match="/downloads: no space is left"), explained(Path("/downloads")):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_refusal_without_a_reason_says_at_least_its_kind() -> None:
    with pytest.raises(DiskProblem, match="/downloads: OSError"), explained(Path("/downloads")):
        raise OSError


def test_what_is_missing_is_named_by_its_path() -> None:
    assert str(NotYet(Path("/mnt/a.mkv"))) == "/mnt/a.mkv: is not there yet"
    assert str(NotYet(Path("/mnt/a.mkv"), "it is empty")) == "/mnt/a.mkv: it is empty"
