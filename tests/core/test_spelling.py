"""Names of files that are no text."""

from __future__ import annotations

import os

import pytest

from qbitproxy.core.spelling import legible, read, written


@pytest.mark.parametrize(
    "name", [b"/tv/Show/1.mkv", "/tv/Caf\u00e9 \ufffd.mkv".encode(), b"/tv/Caf\xe9.mkv", b"\xff"]
)
def test_a_name_is_read_as_it_was_written(name: bytes) -> None:
    assert read(written(os.fsdecode(name))) == os.fsdecode(name)


def test_what_is_no_text_can_be_shown() -> None:
    assert legible(os.fsdecode(b"Caf\xe9.mkv")) == "Caf\ufffd.mkv"
    assert legible("Caf\u00e9.mkv") == "Caf\u00e9.mkv"
