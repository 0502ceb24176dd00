"""The keys that an installation makes for itself."""

from __future__ import annotations

import stat
from pathlib import Path

from qbitproxy.daemon import kept_key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = kept_key(tmp_path, "webhook.key")

    assert len(key) == 32
    assert kept_key(tmp_path, "webhook.key") == key
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_a_full_disk_left_empty_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "webhook.key").touch(0o600)

    key = kept_key(tmp_path, "webhook.key")

    assert len(key) == 32
    assert kept_key(tmp_path, "webhook.key") == key
