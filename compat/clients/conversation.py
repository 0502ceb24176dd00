"""A conversation with a qBittorrent as data: what a program asks, what it needs of the answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import ClientResponse, ClientSession, DummyCookieJar, FormData

from compat.clients.comparison import ABSENT
from compat.clients.runs import PREFIX, TOYS, Run, Server, overheard

PATIENCE = 60.0  # seconds
BETWEEN_LOOKS = 0.1  # seconds

Kind = Literal["text", "number", "integer", "bool", "hash", "array", "object"]
"""What a field may be; "integer" is one that a strict reader of numbers takes, so no 1.0."""


@dataclass(frozen=True)
class OneOf:
    """The values that a program knows, or waits for."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)


Wish = Kind | OneOf


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request with its needs.

    Words in braces are filled in: {film}, {show}, {spare} are infohashes, {film magnet} and so on links,
    {username}, {password}, {downloads} what they say. `reads` leads to fields by keys joined by dots, "*"
    standing for every item of at least one, "0" for the first. Asked again until `until` holds.
    """

    step: str
    method: Literal["GET", "POST", "HEAD"] = "GET"
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    upload: str = ""  # the toy whose .torrent goes along
    upload_as: tuple[str, str] = ("torrents", "upload.torrent")  # field, file name
    multipart: bool = False
    content_type: str = ""  # of a body without fields
    anonymous: bool = False
    status: tuple[int, ...] = (200,)
    text: str | None = None  # the whole answer
    text_not: str | None = None  # what it must not be
    reads: Mapping[str, Wish] = field(default_factory=dict)
    until: Mapping[str, OneOf] = field(default_factory=dict)
    gives_cookie: str = ""  # the name of a cookie it must set; "*" is any


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """All that one program says, in order."""

    program: str
    source: str  # where that was read
    user_agent: str = ""
    sends_back: Literal["pair", "line"] = "pair"  # of Set-Cookie: name and value, or the line as it came
    asks: Sequence[Ask]


class Unmet(Exception):
    """A need was not met. Says which."""


async def hold(conversation: Conversation, server: Server) -> Run:
    """Hold the conversation; the outcome of a step is its status, or the need that was not met."""
    async with overheard(server) as (url, ear):
        return Run(await _hold(conversation, server, url), ear.calls)


async def _hold(conversation: Conversation, server: Server, url: str) -> dict[str, Any]:
    words = _words(server)
    outcomes: dict[str, Any] = {}
    headers = {"User-Agent": conversation.user_agent} if conversation.user_agent else {}
    cookie = ""
    async with ClientSession(cookie_jar=DummyCookieJar(), headers=headers) as session:
        for ask in conversation.asks:
            sent = {"Cookie": cookie} if cookie and not ask.anonymous else {}
            try:
                status, set_cookies = await _patiently(session, url, ask, words, sent)
            except Unmet as unmet:
                outcomes[ask.step] = {"unmet": str(unmet).replace(str(server.downloads), "DOWNLOADS")}
                continue
            outcomes[ask.step] = status
            if set_cookies and ask.path == "auth/login":
                cookie = set_cookies[0]
                cookie = cookie if conversation.sends_back == "line" else cookie.partition(";")[0]
    return outcomes


async def _patiently(
    session: ClientSession, url: str, ask: Ask, words: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[int, list[str]]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while True:
        status, text, set_cookies = await _once(session, url, ask, words, headers)
        _check(ask, status, text, set_cookies)
        try:
            _check_fields(text, ask.until)
        except Unmet:
            if loop.time() > deadline:
                raise
            await asyncio.sleep(BETWEEN_LOOKS)  # noqa: TID251 - as a program that polls
            continue
        _check_fields(text, ask.reads)
        return status, set_cookies


async def _once(
    session: ClientSession, url: str, ask: Ask, words: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[int, str, list[str]]:
    fields = {name: _filled(value, words) for name, value in ask.fields.items()}
    target = f"{url}{PREFIX}{ask.path}"
    sent = dict(headers)
    if ask.method != "POST":
        async with session.request(ask.method, target, params=fields, headers=sent) as answer:
            return await _read(answer)
    body: FormData | dict[str, str] | bytes = fields
    if ask.upload or ask.multipart:
        body = FormData(fields, default_to_multipart=True)
        if ask.upload:
            name, filename = ask.upload_as
            body.add_field(
                name, TOYS[ask.upload].torrent, filename=filename, content_type="application/x-bittorrent"
            )
    elif ask.content_type:
        body, sent["Content-Type"] = b"", ask.content_type
    async with session.post(target, data=body, headers=sent) as answer:
        return await _read(answer)


async def _read(answer: ClientResponse) -> tuple[int, str, list[str]]:
    return answer.status, await answer.text(errors="replace"), answer.headers.getall("Set-Cookie", [])


def _check(ask: Ask, status: int, text: str, set_cookies: Sequence[str]) -> None:
    if status not in ask.status:
        raise Unmet(f"status {status}")
    if ask.text is not None and text != ask.text:
        raise Unmet(f"the answer is {text[:80]!r}")
    if ask.text_not is not None and text == ask.text_not:
        raise Unmet(f"the answer is {text!r}")
    names = {line.partition("=")[0] for line in set_cookies}
    if ask.gives_cookie and not (names if ask.gives_cookie == "*" else ask.gives_cookie in names):
        raise Unmet(f"the cookies are {sorted(names)}")


def _check_fields(text: str, wishes: Mapping[str, Wish]) -> None:
    if not wishes:
        return
    try:
        answered = json.loads(text)
    except ValueError:
        raise Unmet("the answer is no JSON") from None
    for way, wish in wishes.items():
        values = list(_along(answered, [part for part in way.split(".") if part]))
        if not values:
            raise Unmet(f"nothing at {way}")
        for value in values:
            meets = value in wish.values if isinstance(wish, OneOf) else _is(value, wish)
            if value == ABSENT or not meets:
                raise Unmet(f"{way} is {value!r}")


def _along(value: Any, way: Sequence[str]) -> Iterator[Any]:
    """Every value to which the keys lead, ABSENT where a key is not there."""
    if not way:
        yield value
        return
    key, *rest = way
    if key == "*":
        for item in value.values() if isinstance(value, dict) else value:
            yield from _along(item, rest)
    elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
        yield from _along(value[int(key)], rest)
    elif isinstance(value, dict) and key in value:
        yield from _along(value[key], rest)
    else:
        yield ABSENT


def _is(value: Any, kind: Kind) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "hash":
            return isinstance(value, str) and re.fullmatch("[0-9a-f]{40}", value) is not None
        case "bool":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)


def _words(server: Server) -> dict[str, str]:
    words = {"username": server.username, "password": server.password, "downloads": str(server.downloads)}
    for name, release in TOYS.items():
        words |= {name: release.infohash, f"{name} magnet": release.magnet()}
    return words


def _filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z ]+)\}", lambda match: words[match[1]], text)
