"""What Real-Debrid reads out of a magnet link or a .torrent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from aiohttp import web

from compat.content import Release
from compat.emulators import sources
from compat.emulators.realdebrid_items import Metadata, RemoteFile
from compat.emulators.realdebrid_wire import Refused

BTIH = re.compile(r"urn:btih:([0-9a-fA-F]{40})")


def read_magnet(magnet: str) -> tuple[str, str]:
    """Return the infohash (lower case) with the name, which falls back on the infohash.

    Base32 is refused, as are links of v2 alone: nothing says that the service takes either. Raises
    Refused, or HTTPNotFound for what is no magnet link: the service then answers without JSON.
    """
    if not magnet.startswith("magnet:?"):
        raise web.HTTPNotFound(text="")
    query = parse_qs(magnet.removeprefix("magnet:?"))
    hashes = [found[1].lower() for topic in query.get("xt", []) if (found := BTIH.fullmatch(topic))]
    if not hashes:
        raise Refused(2)
    return hashes[0], query.get("dn", hashes)[0]


def read_torrent(raw: bytes) -> tuple[str, Metadata]:
    """Return the infohash with what the .torrent says of files; padding files are left out.

    Raises Refused for bytes that are no v1 or hybrid torrent.
    """
    try:
        told = sources.read_torrent(raw)
    except sources.Unreadable:
        raise Refused(30) from None
    return told.infohash, Metadata(
        told.name, tuple(RemoteFile(n, *file) for n, file in enumerate(told.files, 1))
    )


def metadata_of(release: Release, file_ids: Sequence[int] = ()) -> Metadata:
    """Number a release's files from 1 in torrent order, or as `file_ids` says."""
    numbers = file_ids or range(1, len(release.files) + 1)
    files = zip(numbers, release.files.items(), strict=True)
    return Metadata(release.name, tuple(RemoteFile(number, path, size) for number, (path, size) in files))
