"""What TorBox says of what it could serve at once."""

from __future__ import annotations

from aiohttp import web

from compat.emulators.bench import LOGGED
from compat.emulators.torbox_torrents import Torrents
from compat.emulators.torbox_wire import Refused, answer, json_body

NEGATIVE = 3600.0  # seconds for which "not cached" is remembered


class Stock:
    """The cache check of an account."""

    def __init__(self, torrents: Torrents) -> None:
        self._torrents = torrents
        self.claimed: set[str] = set()  # said to be cached, though adding finds that they are not
        self.none_as_null = False  # the answer where nothing is cached
        self._not_cached: dict[str, float] = {}  # infohash -> until when that is remembered

    async def check(self, request: web.Request) -> web.Response:
        """Answer which of the infohashes asked for are cached."""
        asked = [one for text in request.query.getall("hash", []) for one in text.split(",") if one]
        if request.method == "POST":
            body = json_body(request[LOGGED].body, request.headers.get("Content-Type", "")) or {}
            listed = body.get("hashes")
            asked = [str(one) for one in listed] if isinstance(listed, list) else []
        if not asked:
            raise Refused("MISSING_REQUIRED_OPTION", error=True)
        with_files = request.query.get("list_files") == "true"
        cached = [one.lower() for one in asked if self._says_cached(one.lower())]
        found = {infohash: self._shown(infohash, with_files=with_files) for infohash in cached}
        data: object = list(found.values()) if request.query.get("format") == "list" else found
        if not found and self.none_as_null:
            data = None
        return answer(data, "Torrent cache status retrieved successfully.")

    def forget(self, infohash: str) -> None:
        """Look again at what was not cached."""
        self._not_cached.pop(infohash, None)

    def _says_cached(self, infohash: str) -> bool:
        now = self._torrents.clock.now()
        if self._not_cached.get(infohash, 0) > now:
            return False
        if self._torrents.is_cached(infohash) or infohash in self.claimed:
            return True
        self._not_cached[infohash] = now + NEGATIVE
        return False

    def _shown(self, infohash: str, *, with_files: bool) -> dict[str, object]:
        known = self._torrents.known.get(infohash)
        name, size = (known.release.name, known.release.size) if known else (infohash, 0)
        files = known.release.files.items() if known else ()
        named = [{"name": f"{name}/{path}", "size": bytes_} for path, bytes_ in files]
        return {"name": name, "size": size, "hash": infohash} | ({"files": named} if with_files else {})
