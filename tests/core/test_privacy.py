"""Trackers that tell whose they are."""

from __future__ import annotations

import pytest

from qbitproxy.core.privacy import is_personal, seems_private

PUBLIC = [
    "udp://tracker.example:1337/announce",
    "https://tracker.example/announce",
    "http://tracker.example:80/announce.php",
    "wss://tracker.example",
    "http://tracker.example/announce?tr=1",
]
PERSONAL = [
    "https://tracker.example/0123456789abcdef0123456789abcdef/announce",
    "https://tracker.example/announce/fake-user-token-0123456789",
    "https://tracker.example/announce.php?passkey=fake",
    "https://tracker.example/announce?torrent_pass=fake&x=1",
    "http://[broken",
]


@pytest.mark.parametrize("tracker", PUBLIC)
def test_a_public_tracker_names_nobody(tracker: str) -> None:
    assert not is_personal(tracker)


@pytest.mark.parametrize("tracker", PERSONAL)
def test_a_passkey_is_recognised_wherever_it_stands(tracker: str) -> None:
    assert is_personal(tracker)


def test_what_a_torrent_says_of_itself_goes_before_its_trackers() -> None:
    assert seems_private(True, PUBLIC)
    assert not seems_private(False, PERSONAL)
    assert seems_private(None, [PUBLIC[0], PERSONAL[0]])
    assert not seems_private(None, PUBLIC)
    assert not seems_private(None, [])
