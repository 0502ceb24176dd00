"""The preferences: what clients have set, as far as they may, overruled by what is so.

A client is not let change what keeps this installation safe, what our settings decide, or what makes us run
something, listen somewhere or write elsewhere: such wishes are ignored, as unknown ones are in the original.
Source: qBittorrent 4.6.7, webui/api/appcontroller.cpp preferencesAction, setPreferencesAction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qbitproxy.core.speed import CHOSEN_AT, lower
from qbitproxy.settings import Settings
from qbitproxy.web.qbit.places import below
from qbitproxy.web.qbit.preference_keys import (
    DEFAULTS,
    PAUSED_PREFERENCES,
    STARTS_PAUSED,
    defaults,
    known_to,
)
from qbitproxy.web.qbit.profile import Profile
from qbitproxy.web.qbit.view import USUAL_GOALS, Goals, number

LONGEST_TEXT = 1 << 16  # characters
LARGEST_NUMBER = (1 << 53) - 1  # what every client can read
HIGHEST_RATIO = 9999
LONGEST_TIME = 525600  # minutes; source: qBittorrent 4.6.7, Torrent::MAX_SEEDING_TIME
KIB = 1024
WHOLE = re.compile(r"\s*[+-]?\d{1,15}\s*", re.ASCII)

DECIDED_BY_PREFIX = (
    "alternative_webui",
    "autorun",
    "bypass_",
    "dyndns",
    "embedded_tracker",
    "export_dir",
    "file_log",
    "torrent_files_",
    "web_ui_",
)
DECIDED = frozenset(
    [
        "dht",  # else an Arr refuses to send a magnet link without trackers
        "enable_embedded_tracker",
        "ignore_ssl_errors",
        "listen_port",
        "mail_notification_password",
        "max_active_downloads",
        "max_ratio_act",  # finished torrents have met their goals at once, before they are imported
        "proxy_password",
        "python_executable_path",
        "random_port",
        "scan_dirs",
        "ssl_enabled",
        "ssl_listen_port",
        "ssrf_mitigation",
        "torrent_file_size_limit",
        "upnp",
        "use_https",
        "validate_https_tracker_certificate",
    ]
)
"""Keys, and beginnings of keys, that no client may set; passwords among them are not even kept."""

LIMITS = frozenset({"dl_limit", "up_limit", "alt_dl_limit", "alt_up_limit"})
PATHS = frozenset({"save_path", "temp_path"})
GOALS = {
    "max_ratio": "max_ratio_enabled",
    "max_seeding_time": "max_seeding_time_enabled",
    "max_inactive_seeding_time": "max_inactive_seeding_time_enabled",
}
LAYOUTS = ("Original", "Subfolder", "NoSubfolder")
RANGES = {
    "schedule_from_hour": (0, 23),
    "schedule_from_min": (0, 59),
    "schedule_to_hour": (0, 23),
    "schedule_to_min": (0, 59),
    "scheduler_days": (0, 9),
}


def preferences(
    settings: Settings, stored: Mapping[str, Any], profile: Profile, *, save_path: str, username: str
) -> dict[str, Any]:
    """Every key that the release has, in alphabetical order."""
    kept = {key: value for key, value in stored.items() if key in DEFAULTS and not is_decided(key)}
    shown = {**defaults(profile), **kept, **_truth(settings, stored, save_path)}
    shown["web_ui_username"] = username
    named = {_client_name(key, profile): shown[key] for key in known_to(profile)}
    return dict(sorted(named.items()))


def settled(wishes: Mapping[str, Any], settings: Settings, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What of a client's wishes is to be stored: known, of the right type or made so, within bounds."""
    changes: dict[str, Any] = {}
    for name, value in wishes.items():
        key = STARTS_PAUSED if name in PAUSED_PREFERENCES else name
        if key not in DEFAULTS or is_decided(key) or key in GOALS or key in GOALS.values():
            continue
        taken = _fitting(key, _like(DEFAULTS[key], value), settings.files.download_root)
        if taken is not None:
            changes[key] = taken
    for key, switch in GOALS.items():
        if key in wishes or switch in wishes:
            changes[key] = _goal(key, wishes.get(key), wishes.get(switch), stored)
    if any(key.startswith("schedule") for key in changes):
        changes[CHOSEN_AT] = None  # from now on the schedule says which limits are in force
    return changes


def is_decided(key: str) -> bool:
    """Whether clients have no say in a preference."""
    return key in DECIDED or key.startswith(DECIDED_BY_PREFIX)


def queueing(settings: Settings, stored: Mapping[str, Any]) -> bool:
    """Whether torrents have a place in the queue."""
    return bool(stored.get("queueing_enabled", settings.qbittorrent.queueing))


def subcategories(profile: Profile, stored: Mapping[str, Any]) -> bool:
    """Whether a category holds those below it: always from 5.2 on, by preference before."""
    return profile.since_5_2 or stored.get("use_subcategories") is True


def starts_paused(stored: Mapping[str, Any]) -> bool:
    """Whether a torrent is added paused where the client does not say."""
    return stored.get(STARTS_PAUSED) is True


def goals(stored: Mapping[str, Any]) -> Goals:
    """The goals of torrents that have none of their own."""
    return Goals(
        ratio=stored.get("max_ratio", USUAL_GOALS.ratio),
        seeding_time=stored.get("max_seeding_time", USUAL_GOALS.seeding_time),
        inactive_seeding_time=stored.get("max_inactive_seeding_time", USUAL_GOALS.inactive_seeding_time),
    )


def whole_kib(limit: int) -> int:
    """A speed limit as the original keeps it; 0 for none."""
    return max(limit, 0) // KIB * KIB


def _client_name(key: str, profile: Profile) -> str:
    return profile.paused_preference if key == STARTS_PAUSED else key


def _like(usual: Any, value: Any) -> Any:
    """`value` in the type of `usual` as QVariant would make it; None where it does not fit."""
    match usual, value:
        case bool(), bool():
            return value
        case bool(), int() | float():
            return value != 0
        case bool(), str():
            return value.strip().lower() not in ("", "0", "false")
        case int(), bool() | int() | float() if abs(value) <= LARGEST_NUMBER:
            return round(value)
        case int(), str() if WHOLE.fullmatch(value):
            return int(value)
        case str(), str() if len(value) <= LONGEST_TEXT:
            return value
    return None


def _fitting(key: str, value: Any, root: str) -> Any:
    """`value` made to fit what the key is for; None where it cannot."""
    if value is None:
        return None
    if key in LIMITS:
        return whole_kib(value)
    if key in PATHS:
        return below(root, value) if value.strip() else None
    if key == "torrent_content_layout" and value not in LAYOUTS:
        return None
    if key in RANGES:
        low, high = RANGES[key]
        return value if low <= value <= high else None
    return value


def _goal(key: str, value: Any, switch: Any, stored: Mapping[str, Any]) -> float:
    """A goal as it is from now on, -1 for none; one that is given alone is meant."""
    if switch is not None and not _like(False, switch):
        return -1
    wanted = _ratio(value) if key == "max_ratio" else _like(-1, value)
    if wanted is None:
        wanted = stored.get(key, getattr(USUAL_GOALS, key.removeprefix("max_")))
    if wanted < 0:
        return -1
    return min(wanted, HIGHEST_RATIO if key == "max_ratio" else LONGEST_TIME)


def _ratio(value: Any) -> float | None:
    try:
        return number(float(value)) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def _truth(settings: Settings, stored: Mapping[str, Any], save_path: str) -> dict[str, Any]:
    """What our settings decide, what follows from what is stored.

    `dht` is true because a magnet without trackers is welcome: an Arr refuses to send one otherwise. The
    ratio limit of 0 with the action 0 (pause) makes every finished torrent one that an Arr may remove.
    """
    server, files, wanted = settings.server, settings.files, goals(stored)
    return {
        "dht": True,
        "dl_limit": lower(files.speed_limit, stored.get("dl_limit", 0)),
        "max_active_downloads": files.parallel_downloads,
        "max_inactive_seeding_time": wanted.inactive_seeding_time,
        "max_inactive_seeding_time_enabled": wanted.inactive_seeding_time >= 0,
        "max_ratio": number(wanted.ratio),
        "max_ratio_act": 0,
        "max_ratio_enabled": wanted.ratio >= 0,
        "max_seeding_time": wanted.seeding_time,
        "max_seeding_time_enabled": wanted.seeding_time >= 0,
        "queueing_enabled": queueing(settings, stored),
        "save_path": save_path,
        "temp_path": stored.get("temp_path") or save_path,
        "torrent_file_size_limit": server.max_upload,
        "use_https": bool(server.tls_certificate),
        "web_ui_address": server.host,
        "web_ui_ban_duration": int(server.login_ban.total_seconds()),
        "web_ui_domain_list": ";".join(server.names) or "*",
        "web_ui_host_header_validation_enabled": bool(server.names),
        "web_ui_max_auth_fail_count": server.login_failures,
        "web_ui_port": server.port,
        "web_ui_reverse_proxies_list": ";".join(map(str, server.trusted_proxies)),
        "web_ui_reverse_proxy_enabled": bool(server.trusted_proxies),
        "web_ui_session_timeout": int(server.session_idle.total_seconds()),
    }
