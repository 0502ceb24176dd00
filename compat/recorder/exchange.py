"""One call to a service with its answer, as they went over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compat.emulators.calls import read_form


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Holds every secret there is: it is never written as it stands."""

    case: str  # what was being found out
    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    sent_type: str = ""  # Content-Type of the request
    sent: bytes = field(default=b"", repr=False)
    status: int = 0  # 0: no answer came
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of a request that is a form; an upload is its size."""
        fields, uploads = read_form(self.sent_type, self.sent)
        return [*fields, *((name, f"{len(content)} bytes") for name, _, content in uploads)]

    @property
    def asked(self) -> Any:
        """The JSON of a request that is JSON."""
        return read_json(self.sent) if "json" in self.sent_type else None

    @property
    def answered(self) -> Any:
        """The JSON of the answer, whatever it calls itself; None when it is none."""
        return read_json(self.body)


def read_json(body: bytes) -> Any:
    """The value, None when there is none to be had."""
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
