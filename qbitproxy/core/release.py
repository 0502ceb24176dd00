"""What of a release is wanted, how its folder is called."""

from __future__ import annotations

from msgspec import Struct


class ContentRules(Struct, frozen=True, kw_only=True):
    """Which files of a torrent an Arr can use."""

    extensions: frozenset[str]  # lower case, no dot; empty: every file
    minimum_size: int = 0  # bytes
    maximum_size: int = 0  # bytes; 0: no bound
    skip_samples: bool = True
