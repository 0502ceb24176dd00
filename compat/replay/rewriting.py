"""The names of the recorded machine, and what they are called on ours."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeVar

from compat.replay.server import Server

T = TypeVar("T")
ROOT, PORT, PASSWORD, SITE = "/downloads", 8080, "adminadmin", "http://127.0.0.1:9000"


class Rewriting:
    """Translates requests for our server, and its answers back. Session ids and keys are learned."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._learned: dict[str, str] = {}
        self._release: tuple[str, str] = ("", "")
        self._folder: tuple[str, str] = ("", "")

    def learn(self, recorded: str, ours: str) -> None:
        """From now on `recorded` is called `ours`; no word at all is not learned."""
        if recorded and ours:
            self._learned[recorded] = ours

    def learn_release(self, recorded: str, ours: str) -> None:
        """From now on a text that is nothing but our release is the recorded one."""
        self._release = (recorded, ours)

    def learn_folder(self, recorded: str, ours: str) -> None:
        """From now on the folder of a torrent's content is called `ours` wherever it is part of a path."""
        self._folder = (recorded, ours)

    def ours(self, value: T) -> T:
        """A text, or a JSON value full of texts, as our server has to hear it."""
        changed: T = _everywhere(value, self._forth)
        return changed

    def theirs(self, value: T) -> T:
        """A text, or a JSON value full of texts, as the recorded server would have said it."""
        changed: T = _everywhere(value, self._back)
        return changed

    def _forth(self, text: str) -> str:
        server = self._server
        for recorded, ours in self._learned.items():
            text = text.replace(recorded, ours)
        text = text.replace(_basic(PASSWORD), _basic(server.password)).replace(PASSWORD, server.password)
        text = text.replace(SITE, server.site)
        text = _renamed(text, *self._folder)
        text = re.sub(rf"(?<=[:_]){PORT}\b", str(server.port), text)
        return re.sub(rf"(?<![\w/]){ROOT}(?![\w-])", lambda _: server.root, text)

    def _back(self, text: str) -> str:
        server, (recorded, ours) = self._server, self._release
        if text == ours:
            return recorded
        text = _renamed(text, *reversed(self._folder)) if "/" in text else text
        text = text.replace(server.root, ROOT).replace(server.site, SITE)
        return re.sub(rf"(?<=QBT_SID_){server.port}\b", str(PORT), text)


def _basic(password: str) -> str:
    return b64encode(f"admin:{password}".encode()).decode()


def _renamed(path: str, before: str, after: str) -> str:
    return re.sub(rf"(^|(?<=[/'])){re.escape(before)}(?=[/']|$)", lambda _: after, path) if before else path


def _everywhere(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_everywhere(each, change) for each in value]
    if isinstance(value, dict):
        return {change(key): _everywhere(each, change) for key, each in value.items()}
    return value
