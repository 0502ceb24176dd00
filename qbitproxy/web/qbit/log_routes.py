"""What happened lately, as lines."""

from __future__ import annotations

from aiohttp import web

from qbitproxy.recent import Line
from qbitproxy.web.keys import CALLER, RECENT
from qbitproxy.web.qbit.answers import as_json
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.wire import LogRow

NORMAL, INFO, WARNING, CRITICAL = 1, 2, 4, 8
TYPES = {"debug": INFO, "info": NORMAL, "warning": WARNING, "error": CRITICAL, "critical": CRITICAL}
WORDS = {"normal": NORMAL, "info": INFO, "warning": WARNING, "critical": CRITICAL}


async def main(request: web.Request, form: Form) -> web.Response:
    """log/main, empty for an Arr: lines name what belongs to others."""
    if request[CALLER].arr:
        return as_json([])
    wanted = {number for word, number in WORDS.items() if form.flag(word, True)}
    lines = request.app[RECENT].after(form.whole("last_known_id", -1))
    return as_json([row for line in lines if (row := _row(line)).type in wanted])


async def peers(_: web.Request, __: Form) -> web.Response:
    """log/peers: there are none."""
    return as_json([])


def _row(line: Line) -> LogRow:
    return LogRow(
        id=line.number,
        message=line.text,
        timestamp=int(line.at.timestamp()),
        type=TYPES.get(line.level, NORMAL),
    )
