"""The latest lines of the log."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy.recent import MOST_LINES, Line
from qbitproxy.web.api.route import Route
from qbitproxy.web.keys import RECENT

Level = Literal["debug", "info", "warning", "error"]
RANK = {"debug": 0, "info": 1, "warning": 2, "error": 3, "critical": 4}


class LogQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines are wanted."""

    level: Level = "debug"  # the least important
    after: Annotated[int, Meta(ge=-1, le=2**53)] = -1  # a line's number
    limit: Annotated[int, Meta(ge=1, le=MOST_LINES)] = MOST_LINES


class LogLine(Struct, frozen=True, kw_only=True):
    """One line."""

    number: int  # from 0, for the life of the process
    at: datetime
    level: str
    text: str


class LogPage(Struct, frozen=True, kw_only=True):
    """Lines, the oldest first."""

    lines: list[LogLine]
    last: int  # what to send as `after` next time


async def logs(request: web.Request, query: LogQuery) -> LogPage:
    """The lines behind `after` that are at least as important as `level`."""
    lines = list(islice(_wanted(request, query.level, query.after), query.limit))
    return LogPage(
        lines=[LogLine(number=line.number, at=line.at, level=line.level, text=line.text) for line in lines],
        last=lines[-1].number if lines else query.after,
    )


async def log_text(request: web.Request) -> web.Response:
    """The same lines as text. Source: Decypharr v1.1.6, `/logs` and `/debug/logs`, which anybody may read."""
    lines = [f"{line.at:%Y-%m-%dT%H:%M:%SZ} {line.level:<7} {line.text}\n" for line in _wanted(request)]
    return web.Response(text="".join(lines))


def _wanted(request: web.Request, level: Level = "debug", after: int = -1) -> list[Line]:
    return [line for line in request.app[RECENT].after(after) if RANK.get(line.level, 1) >= RANK[level]]


ROUTES = (
    Route(
        method="GET",
        path="/api/logs",
        handler=logs,
        scope="read",
        says="the latest lines of the log: of a `level` and above, `after` a line's number, at most `limit`",
    ),
    Route(
        method="GET",
        path="/logs",
        handler=log_text,
        scope="read",
        says="the same as text",
        content=str,
        media="text/plain",
        also=("/debug/logs",),
    ),
)
