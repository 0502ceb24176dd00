"""Every debrid service, alone behind the daemon, with the words it has for what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Settings
from tests.providers.emulated import emulator_of
from tests.stage import Stage

MAIN = "main"
"""What the one account is called in the settings."""


class Wire(Struct, frozen=True, kw_only=True):
    """The errors of a service, by what they are about."""

    add: str  # the route by which torrents are added
    refusals: tuple[str, ...]  # the torrent
    limits: tuple[str, ...]  # what the account may do just now
    key: str  # the key that every call comes with
    bars: tuple[str, ...] = ()  # what this account may ever do, or from where
    failures: tuple[str, ...]  # the service itself


WIRES: Mapping[str, Wire] = {
    "alldebrid": Wire(
        add="POST /v4/magnet/upload",
        refusals=("MAGNET_INVALID_URI", "MAGNET_TOO_LARGE"),
        limits=("MAGNET_TOO_MANY_ACTIVE", "MAGNET_TOO_MANY"),
        key="AUTH_BAD_APIKEY",
        bars=("NO_SERVER",),
        failures=("GENERIC", "MAINTENANCE"),
    ),
    "debridlink": Wire(
        add="POST /seedbox/add",
        refusals=("infringingFile", "torrentTooBig"),
        limits=("floodDetected", "maxTransfer", "maxTorrent"),
        key="badToken",
        bars=("serverNotAllowed",),
        failures=("internalError",),
    ),
    "premiumize": Wire(
        add="POST /transfer/create",
        refusals=("permanent_error", "invalid_request"),
        limits=("account_limit_reached", "rate_limit_reached"),
        key="authentication_failed",
        failures=("service_down", "unknown_error"),
    ),
    "realdebrid": Wire(
        add="POST /torrents/addMagnet",
        refusals=("infringing_file", "torrent_too_big", "torrent_file_invalid"),
        limits=("too_many_active_downloads", "traffic_exhausted", "fair_usage_limit", "too_many_requests"),
        key="bad_token",
        bars=("permission_denied", "ip_not_allowed"),
        failures=("service_unavailable", "internal_error", "disabled_endpoint"),
    ),
    "torbox": Wire(
        add="POST /torrents/createtorrent",
        refusals=("NOT_ALLOWED", "DOWNLOAD_TOO_LARGE"),
        limits=("ACTIVE_LIMIT", "COOLDOWN_LIMIT", "RATE_LIMIT"),
        key="BAD_TOKEN",
        failures=("DATABASE_ERROR", "NO_SERVERS_AVAILABLE_ERROR"),
    ),
}

DEBRID = sorted(name for name, spec in PROVIDERS.items() if not spec.local)


def a_service(kind: str, **arranged: object) -> Any:
    """A new emulated account of that service."""
    return emulator_of(PROVIDERS[kind], **arranged)


def alone(stage: Stage, **changes: Any) -> Settings:
    """Settings with no other account than MAIN, changed in some fields."""
    settings = stage.settings()
    return replace(settings, providers={MAIN: replace(settings.providers[MAIN], **changes)})
