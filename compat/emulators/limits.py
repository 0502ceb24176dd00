"""Every emulated debrid service with the limits on calls that it has in life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from compat.emulators import alldebrid_wire, debridlink_wire, premiumize_wire, realdebrid_wire, torbox_wire
from compat.emulators.alldebrid import AllDebrid
from compat.emulators.debridlink import DebridLink
from compat.emulators.premiumize import Premiumize
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.torbox import TorBox


class Limits(Protocol):
    """What a service allows its callers."""

    refused: int  # calls so far, in whatever words it asks to slow down


SERVICES: Mapping[str, tuple[type[Any], type[Any], str]] = {
    "alldebrid": (AllDebrid, alldebrid_wire.RateLimit, "rate_limit"),
    "debridlink": (DebridLink, debridlink_wire.FloodGuard, "flood_guard"),
    "premiumize": (Premiumize, premiumize_wire.RateLimit, "rate_limit"),
    "realdebrid": (RealDebrid, realdebrid_wire.RateLimit, "rate_limit"),
    "torbox": (TorBox, torbox_wire.RateLimit, "rate_limit"),
}
"""By the kind it has in the settings: the service, its limits, what it calls them."""

GENEROUS: Mapping[str, Mapping[str, Any]] = {"debridlink": {"per_day": 1 << 30}}
"""Quotas that would end a burst of adds long before the limits on calls are met."""


def limited(kind: str, **arranged: Any) -> tuple[Any, Limits]:
    """A new emulated account of that service, with what it allows."""
    service, limits_of, called = SERVICES[kind]
    limits: Limits = limits_of()
    return service(**GENEROUS.get(kind, {}), **{called: limits}, **arranged), limits
