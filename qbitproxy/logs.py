"""Structured logs to standard error, with secrets taken out as a last resort."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Literal, TextIO, cast

import msgspec
import structlog
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

REDACTED = "***"

_SECRET_KEYS = re.compile(r"(?i)(token|secret|password|passwd|api_?key|authorization|cookie|passkey)$")
_SECRET_TEXT = (
    re.compile(r"(?i)\b(bearer|basic|token)\s+[A-Za-z0-9+/=._~-]{8,}"),
    re.compile(
        r"(?i)([?&;](?:apikey|api_key|auth_token|token|passkey|key|password|sig|signature)=)[^&\s\"']+"
    ),
    re.compile(r"(?i)(://)[^/@\s:]+:[^/@\s]+@"),
    re.compile(r"(?i)(\b(?:SID|auth-session|QBT_SID_\d+)=)[^;\s\"']+"),
    re.compile(r"(?i)([?&]tr=)[^&\s\"']+"),
    re.compile(r"(https?://[^/\s]*download[^/\s]*/d/)[^\s\"']+"),
)
_KEPT = (r"\1 ***", r"\1***", r"\1***@", r"\1***", r"\1***", r"\1***")


class NoBadRequests(logging.Filter):
    """Leaves out what aiohttp says of requests that are none: anybody can send them, with secrets in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is about something else."""
        failure = record.exc_info[1] if record.exc_info else None
        return not isinstance(failure, HttpProcessingError | RequestPayloadError)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take what looks like a secret out of a log line: the net, not the plan."""
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = REDACTED
        elif isinstance(value, str):
            event[key] = scrub(value)
    return event


def scrub(text: str) -> str:
    """`text` without credentials in headers, URLs, cookies, tracker links, signed links."""
    for pattern, kept in zip(_SECRET_TEXT, _KEPT, strict=True):
        text = pattern.sub(kept, text)
    return text


class Forgiving:
    """A stream that drops what cannot be written: a full disk under the log is no reason to end."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        """Write it, or let it be."""
        with suppress(OSError):
            self._out.write(text)

    def flush(self) -> None:
        """Have it on its way, or not."""
        with suppress(OSError):
            self._out.flush()


def set_up(
    level: str,
    form: Literal["auto", "console", "json"],
    stream: TextIO | None = None,
    note: structlog.typing.Processor | None = None,
) -> None:
    """Send structlog and the standard library's warnings to `stream` (standard error).

    `auto` is `console` on a terminal, `json` elsewhere. `note` sees every line, secrets taken out.
    """
    out = stream or sys.stderr
    console = form == "console" or (form == "auto" and out.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    noted, renderers = [note] if note else [], list[Any]()
    if console:
        renderers = [
            structlog.processors.ExceptionRenderer(),
            redact,
            *noted,
            structlog.dev.ConsoleRenderer(colors=out.isatty()),
        ]
    else:
        renderers = [
            structlog.processors.format_exc_info,
            redact,
            *noted,
            structlog.processors.JSONRenderer(serializer=_json),
        ]
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", Forgiving(out))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=out, format="%(levelname)s %(name)s: %(message)s", force=True
    )
    logging.getLogger("aiohttp.server").addFilter(NoBadRequests("aiohttp.server"))


def _json(event: dict[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
