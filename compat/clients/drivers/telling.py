"""How a driver is told what to play with, how it tells what its client got."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 60.0  # seconds
BETWEEN_LOOKS = 0.1  # seconds
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, kw_only=True)
class Toy:
    """A torrent to play with: "film" is one file, "show" a folder, "spare" is there to be deleted."""

    name: str
    infohash: str
    magnet: str
    torrent: str  # path of its .torrent
    files: list[str]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a driver knows of the server it is let loose on."""

    url: str  # for the client that is tried: what it asks is put on record
    direct: str  # the same server, for what has to be arranged beside it
    username: str
    password: str
    downloads: str  # a folder in which the server may write
    scratch: str  # a folder for whatever the client writes
    film: Toy
    show: Toy
    spare: Toy

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def read_job() -> Job:
    """The job, as JSON on standard input."""
    given: dict[str, Any] = json.load(sys.stdin)
    given |= {name: Toy(**given[name]) for name in ("film", "show", "spare")}
    return Job(**given)


class Teller:
    """Tells one JSON line for each step: what came of it.

    `faults` are what the client raises for an answer that is an error: they are told by their name.
    Whatever else is raised ends the driver.
    """

    def __init__(self, *faults: type[Exception]) -> None:
        self._faults = faults

    def __call__(
        self,
        step: str,
        call: Callable[..., T],
        *args: Any,
        see: Callable[[Any], Any] | None = None,
        **named: Any,
    ) -> T | None:
        """Call, tell what `see` makes of the outcome, by default all of it; None when a fault came."""
        try:
            outcome = call(*args, **named)
        except self._faults as fault:
            self.say(step, {"raised": type(fault).__name__})
            return None
        self.say(step, (see or exactly)(outcome))
        return outcome

    def until(self, step: str, fact: Callable[[], object]) -> None:
        """Look again and again, tell whether the fact came about."""
        deadline = time.monotonic() + PATIENCE
        while not (found := bool(fact())) and time.monotonic() < deadline:
            time.sleep(BETWEEN_LOOKS)
        self.say(step, "came about" if found else "never came about")

    def say(self, step: str, outcome: Any) -> None:
        """Tell the outcome of a step that was made elsewhere."""
        os.write(sys.stdout.fileno(), f"{json.dumps([step, outcome])}\n".encode())


def exactly(value: Any) -> Any:
    """The value as plain JSON."""
    if isinstance(value, Mapping):
        return {str(key): exactly(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [exactly(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def shape(value: Any) -> Any:
    """The keys of a value, the kinds of what is behind them; whatever is keyed by infohash as one."""
    if isinstance(value, Mapping):
        keyed_by_hash = bool(value) and all(is_hash(key) for key in value)
        return {"<hash>": _common(value.values())} if keyed_by_hash else _shapes(value)
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, Iterable) and not isinstance(value, str):
        items = list(value)
        return [_common(items)] if items else []
    if value is None or isinstance(value, bool):
        return "null" if value is None else "bool"
    return "number" if isinstance(value, int | float) else "text"


def is_hash(key: Any) -> bool:
    return isinstance(key, str) and len(key) == 40 and HEX.issuperset(key)


def nothing(_: Any) -> str:
    """What came back is of no interest, only that it did."""
    return "came"


def content(path: str) -> bytes:
    """The bytes of a file."""
    return Path(path).read_bytes()


def _shapes(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): shape(item) for key, item in value.items()}


def _common(items: Iterable[Any]) -> Any:
    """One shape for all: of objects every key that any of them has, of others their kinds."""
    shapes = [shape(item) for item in items]
    if all(isinstance(each, dict) for each in shapes):
        return {key: value for each in shapes for key, value in each.items()}
    kinds = sorted({json.dumps(each) for each in shapes})
    return json.loads(kinds[0]) if len(kinds) == 1 else [json.loads(kind) for kind in kinds]
