"""Why a call to somebody else failed, named by what we do next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a torrent was refused or given up: one vocabulary for rows, journal, `/api`, UI and webhooks."""

    REFUSED_BY_POLICY = "refused_by_policy"  # our own rules: no wanted files, uncached not allowed
    FILTERED_BY_PROVIDER = "filtered_by_provider"  # the service will not serve this content
    NOT_CACHED = "not_cached"
    NO_SEEDS = "no_seeds"  # metadata or data never arrived
    STALLED = "stalled"
    TOO_LARGE = "too_large"
    BAD_SOURCE = "bad_source"  # not a torrent, or one the service cannot read
    QUOTA = "quota"  # traffic or slots are used up: waits, never fails
    OUTAGE = "outage"  # no usable answer: waits, never fails
    PATH_NOT_VISIBLE = "path_not_visible"  # the Arr cannot see what was placed
    BUG = "bug"  # ours


class Effect(StrEnum):
    """What a reason leads to at the Arr."""

    REPORT = "report"  # about the release: out of its queue, on its blocklist, another one is sought
    WAIT = "wait"  # about us or the service: nothing fails, nothing is blocked, nothing is deleted
    SHOW = "show"  # about the installation: shown as an error until a person mends it


EFFECTS: Mapping[Reason, Effect] = {
    Reason.REFUSED_BY_POLICY: Effect.REPORT,
    Reason.FILTERED_BY_PROVIDER: Effect.REPORT,
    Reason.NOT_CACHED: Effect.REPORT,
    Reason.NO_SEEDS: Effect.REPORT,
    Reason.STALLED: Effect.REPORT,
    Reason.TOO_LARGE: Effect.REPORT,
    Reason.BAD_SOURCE: Effect.REPORT,
    Reason.QUOTA: Effect.WAIT,
    Reason.OUTAGE: Effect.WAIT,
    Reason.PATH_NOT_VISIBLE: Effect.SHOW,
    Reason.BUG: Effect.SHOW,
}
"""The whole matrix: adapters turn a service's errors into reasons, this table turns reasons into effects."""


LONGEST_WAIT = 86400.0
"""Seconds that a service may ask us to stay away."""


class Fault(Exception):
    """A service did not do what it was asked. Each subclass names one way to react.

    `owner` is the provider or Arr by its configured name. `detail` may be shown and logged: it never
    holds a token or a signed link. `retry_after` is in seconds, a day at most: whoever asks for more
    means a moment, not a wait. None leaves the wait to `core.plan`.
    """

    def __init__(self, owner: str, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{owner}: {detail}")
        self.owner, self.detail = owner, detail
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_WAIT)


class Unreachable(Fault):
    """No usable answer (network, 5xx, odd JSON). Says nothing about the torrent: try again."""


class Busy(Fault):
    """The service asks us to wait: throttled, slots full, traffic used up. Try again later."""


class Denied(Fault):
    """The account is refused. Rests the whole provider until a person looks at it."""


class Missing(Fault):
    """The thing asked for is not there (any more)."""


class Refusal(Fault):
    """This provider will not serve this torrent. Ask the next provider."""

    def __init__(self, owner: str, detail: str, *, reason: Reason) -> None:
        super().__init__(owner, detail)
        self.reason = reason
