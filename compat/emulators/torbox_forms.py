"""What somebody asks TorBox to add, read out of the form."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes

from compat.bencode import decode_torrent
from compat.emulators import sources
from compat.emulators.calls import Request
from compat.emulators.torbox_torrents import Wanted
from compat.emulators.torbox_wire import Refused


def wanted(request: Request, *, checks_part_type: bool) -> Wanted:
    """What the form asks for. Raises Refused."""
    magnet = request.form.get("magnet", "")
    raw = next((content for field, _, content in request.uploads if field == "file"), b"")
    if magnet and raw:
        raise Refused("TOO_MANY_OPTIONS", error=True)
    if not magnet and not raw:
        raise Refused("MISSING_REQUIRED_OPTION", error=True)
    if raw and checks_part_type and _part_type(request) != "application/x-bittorrent":
        raise Refused("BOZO_TORRENT")
    seed = request.form.get("seed", "1")
    if seed not in ("1", "2", "3"):
        raise Refused("INVALID_OPTION")
    try:
        asked = _of_file(raw) if raw else _of_magnet(magnet)
    except sources.Unreadable:
        words = "Invalid Magnet Link. Please try again." if magnet else "Invalid Torrent File."
        raise Refused("BOZO_TORRENT", words) from None
    return replace(
        asked,
        name=request.form.get("name") or asked.name,
        seed=int(seed),
        as_queued=request.form.get("as_queued") == "true",
        only_if_cached=request.form.get("add_only_if_cached") == "true",
    )


def _part_type(request: Request) -> str:
    """What the uploaded file says it is."""
    head = b"Content-Type: " + request.headers.get("Content-Type", "").encode() + b"\r\n\r\n"
    parts = message_from_bytes(head + request.body).walk()
    return next((part.get_content_type() for part in parts if part.get_filename()), "")


def _of_magnet(magnet: str) -> Wanted:
    infohash, name = sources.read_magnet(magnet)
    return Wanted(infohash, name, magnet)


def _of_file(raw: bytes) -> Wanted:
    metadata = sources.read_torrent(raw)
    info = decode_torrent(raw)[0][b"info"]
    private = isinstance(info, dict) and info.get(b"private") == 1
    return Wanted(metadata.infohash, metadata.name, metadata=metadata, private=private)
