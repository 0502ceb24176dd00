"""Puts a recording to a server, request by request, with what was done between them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from compat.emulators.arr_wire import moment
from compat.replay.compare import Difference, differences
from compat.replay.content import NOBODY, torrent_file
from compat.replay.recording import PREFIX, Entry, Recording
from compat.replay.rewriting import PASSWORD, ROOT, Rewriting
from compat.replay.server import Server
from compat.replay.wire import Answer, ask

SETTLED = 15.0  # seconds that torrents may take to where they are expected
LOOK = 0.1  # seconds between two looks
OK = 200
NO_TORRENT = b"this is no torrent"
READS = frozenset({
    "torrents/info", "torrents/files", "torrents/properties", "torrents/trackers", "torrents/pieceStates",
    "torrents/categories", "torrents/tags", "torrents/webseeds", "torrents/count",
    "transfer/info", "log/main",
})  # fmt: skip
"""What may be read again until it shows what was done; sync/maindata counts its reads."""

Left = Callable[[Entry, Sequence[Difference]], Sequence[Difference]]


@dataclass(frozen=True)
class Outcome:
    """One exchange with what was found."""

    entry: Entry
    found: tuple[Difference, ...]


class Player:
    """One client of a server. What it is told is in the words of the recording."""

    def __init__(self, server: Server, recording: Recording, *, patience: float = 3.0) -> None:
        """`patience` is how long a read may take to show what was done before, in seconds."""
        self.server = server
        self.recording = recording
        self.words = Rewriting(server)
        self._patience = patience
        self._cookie = ""

    @property
    def is_5(self) -> bool:
        """Whether the recorded server speaks of stopping rather than pausing."""
        return self.recording.name.startswith("qbittorrent-5")

    async def play(self, entry: Entry, left: Left) -> Outcome:
        """Put one request; `left` are the differences that nobody expects."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while True:
            found = await self._put(entry)
            again = entry.request["method"] == "GET" and entry.endpoint in READS
            if not left(entry, found) or not again or loop.time() > end:
                return Outcome(entry, tuple(found))
            await moment(LOOK)

    # -- what was done off the record

    async def log_in(self) -> None:
        """Open a session."""
        self.forget()
        await self._send("POST", PREFIX + "auth/login", form={"username": "admin", "password": PASSWORD})

    def forget(self) -> None:
        """Send no cookie until the next login."""
        self._cookie = ""

    async def post(self, endpoint: str, **form: str) -> Answer:
        """Write something."""
        return await self._send("POST", PREFIX + endpoint, form=form)

    async def get(self, endpoint: str) -> Any:
        """Read some JSON."""
        return (await self._send("GET", PREFIX + endpoint)).json

    async def upload(self, torrent: str, **fields: str) -> None:
        """Add a .torrent."""
        upload = {"field": "torrents", "filename": f"{torrent}.torrent", "torrent": torrent}
        await self._send("POST", PREFIX + "torrents/add", multipart_fields=fields, multipart_files=[upload])

    async def prefer(self, **preferences: Any) -> None:
        """Set preferences, by other means where the Web API does not take them."""
        await self.post("app/setPreferences", json=json.dumps(preferences))
        now = await self.get("app/preferences")
        taken = {key for key, value in preferences.items() if now.get(key) == value}
        untaken = {key: value for key, value in preferences.items() if key not in taken}
        if untaken:
            await self.server.configure(untaken)

    async def wipe(self) -> None:
        """Leave nothing of what was done before, as a new profile would."""
        await self.log_in()
        await self.post("torrents/delete", hashes="all", deleteFiles="true")
        await self.post(
            "torrents/removeCategories", categories="\n".join(await self.get("torrents/categories"))
        )
        await self.post("torrents/deleteTags", tags=",".join(await self.get("torrents/tags")))
        await self.until(lambda rows: not rows)
        await self.server.clear()

    async def stand(self) -> None:
        """Add what most groups are about; return when everything is where it was recorded."""
        for torrent, share in (("movie", 1), ("private", 1), ("hybrid", 1), ("show", 0.545), ("missing", 0)):
            await self.server.content(torrent, share)
        halted = {"paused": "true", "stopped": "true"}
        await self.post("torrents/createCategory", category="movies", savePath="")
        await self.post("torrents/createCategory", category="tv", savePath=f"{ROOT}/tv")
        await self.upload("movie", category="movies", tags="hd")
        await self.upload("show", category="tv", tags="hd,weekly", savepath=f"{ROOT}/tv")
        await self.upload("missing")
        await self.upload("private")
        await self.upload("hybrid")
        await self.upload("bytes", **halted)
        await self.post("torrents/add", urls=NOBODY)
        await self.until(
            lambda rows: any(row["state"] == "stalledDL" and row["category"] == "tv" for row in rows)
        )
        await self.server.content("show", 0.545)
        await self.until(
            lambda rows: (
                len(rows) == 7
                and sum(row["progress"] == 1 for row in rows) == 3
                and any(0.5 < row["progress"] < 0.6 for row in rows)
            )
        )
        await self.post(
            "torrents/stop" if self.is_5 else "torrents/pause", hashes=await self._hash("Example.Private")
        )

    async def until(self, is_so: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait until the list of torrents is so, or for as long as anybody would."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SETTLED
        while not is_so(await self.get("torrents/info")) and loop.time() < end:
            await moment(LOOK)

    # --

    async def _hash(self, name: str) -> str:
        rows = await self.get("torrents/info")
        return "|".join(row["hash"] for row in rows if row["name"].startswith(name))

    async def _put(self, entry: Entry) -> list[Difference]:
        if entry.note.startswith("two calls"):
            answer, ours = await self._two_calls(entry)
        else:
            answer = await self._send(**entry.request)
            ours = _read(answer)
        cookie = answer.headers.get("set-cookie")
        told, shown = self.words.theirs(ours), cookie and self.words.theirs(cookie)
        self._learn(entry, answer, ours)
        return differences(entry, answer, told, shown)

    async def _two_calls(self, entry: Entry) -> tuple[Answer, Any]:
        """The torrent "show" with its files."""
        infohash = "79b5d9ee77a0f4ef8aa55acfd6a58326d08ce336"
        info = await self._send("GET", PREFIX + "torrents/info", query={"hashes": infohash})
        files = _read(await self._send("GET", PREFIX + "torrents/files", query={"hash": infohash}))
        names = [row["name"] for row in files] if isinstance(files, list) else []
        return info, {"info": _read(info), "files": names}

    def _learn(self, entry: Entry, answer: Answer, ours: Any) -> None:
        recorded = entry.response
        cookie = recorded.get("headers", {}).get("set-cookie", "")
        self.words.learn(_session(cookie), _session(answer.headers.get("set-cookie", "")))
        if entry.endpoint == "app/version" and answer.status == recorded["status"] == OK:
            self.words.learn_release(recorded["text"], ours)
        if isinstance(ours, dict) and "apiKey" in ours:
            self.words.learn(recorded["json"]["apiKey"], ours["apiKey"])

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        session_cookie: bool = True,
        **sent: Any,
    ) -> Answer:
        server = self.server
        kind, body = _body(self.words, sent)
        given = {name: self.words.ours(value) for name, value in (headers or {}).items()}
        head = {"Host": f"{server.host}:{server.port}", **given}
        if session_cookie and self._cookie:
            head.setdefault("Cookie", self._cookie)
        if kind:
            head.setdefault("Content-Type", kind)
        if body or method == "POST":
            head["Content-Length"] = str(len(body))
        target = quote(path, safe="/?&=%+.-_~") + (
            f"?{urlencode(self.words.ours(dict(query)))}" if query else ""
        )
        answer = await ask(server.host, server.port, method, target, head, body)
        pair = answer.headers.get("set-cookie", "").partition(";")[0]
        if session_cookie and pair:
            self._cookie = pair if pair.partition("=")[2] else ""
        return answer


def _read(answer: Answer) -> Any:
    if (answer.kind or "").startswith("application/json"):
        try:
            return answer.json
        except ValueError:
            return answer.text
    return answer.text


def _body(words: Rewriting, sent: Mapping[str, Any]) -> tuple[str, bytes]:
    """Content-Type and body."""
    if "form" in sent:
        return "application/x-www-form-urlencoded", urlencode(words.ours(dict(sent["form"]))).encode()
    if "raw_body" in sent:
        return "", words.ours(str(sent["raw_body"])).encode()
    if "multipart_files" in sent or "multipart_fields" in sent:
        boundary = secrets.token_hex(16)
        parts = [
            _field(name, value) for name, value in words.ours(dict(sent.get("multipart_fields", {}))).items()
        ]
        parts += [_file(each) for each in sent.get("multipart_files", [])]
        whole = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
        return f"multipart/form-data; boundary={boundary}", whole + b"--%s--\r\n" % boundary.encode()
    return "", b""


def _field(name: str, value: str) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def _file(each: Mapping[str, str]) -> bytes:
    name = each.get("torrent", "").removesuffix(".torrent")
    if not name and each["filename"] == "big.torrent":
        name = "big"
    content = torrent_file(name) if name else NO_TORRENT
    disposition = f'form-data; name="{each["field"]}"; filename="{each["filename"]}"'
    kind = each.get("type", "application/x-bittorrent")
    return f"Content-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n".encode() + content


def _session(cookie: str) -> str:
    return cookie.partition(";")[0].partition("=")[2]
