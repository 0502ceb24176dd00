"""What is known of the files of a library."""

from __future__ import annotations

import pytest

from qbitproxy.core.library_files import Grab


@pytest.mark.parametrize(
    ("given", "torrent"),
    [("a1" * 20, "a1" * 20), ("sabnzbd_nzo_x7k2", ""), ("nzbget-" + "x" * 33, ""), ("", "")],
)
def test_only_an_infohash_is_that_of_a_torrent(given: str, torrent: str) -> None:
    assert Grab(id=1, infohash=given, title="A", failed=False).torrent == torrent
