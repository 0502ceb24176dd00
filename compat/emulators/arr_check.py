"""What an Arr finds out about its download client by asking: the Test button, the health checks.

Source: Sonarr develop 97d24acf0 (QBittorrent.cs, HealthCheck/Checks), read 2026-08.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from compat.emulators.arr_client import ClientFault, LoginFailed, QbitClient
from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_paths import View
from compat.emulators.arr_torrent import Category, Preferences

OLDEST = (1, 5)
OLDEST_WITH_CATEGORY = (1, 6)
CATEGORIES_SINCE = (2, 0)
LONG_SEEDING = 14 * 24 * 60  # minutes


@dataclass(frozen=True)
class Failure:
    """One complaint about the settings of a download client."""

    setting: str  # the field it is shown at
    message: str
    is_warning: bool = False


@dataclass(frozen=True)
class Ailment:
    """One entry of the health page."""

    source: str  # the check's class name
    severity: Literal["notice", "warning", "error"]
    message: str


async def test_conversation(client: QbitClient) -> list[Failure]:
    """Hold the whole conversation of the Test button, in its order. Empty: passed."""
    failures = await _connection(client)
    if not all(failure.is_warning for failure in failures):
        return failures
    return failures + await _labels(client) + await _priority(client) + await _listing(client)


async def _connection(client: QbitClient) -> list[Failure]:
    settings = client.settings
    try:
        await client.select(afresh=True)
        version = await client.version()
        if version < (OLDEST_WITH_CATEGORY if settings.category else OLDEST):
            return [Failure("host", "Unsupported client version")]
        failures = (
            [] if settings.category else [Failure("category", "Category is recommended", is_warning=True)]
        )
        if _removes_early(await client.preferences(), client.flavour):
            failures.append(
                Failure(
                    "", "qBittorrent is configured to remove torrents when they reach their Share Ratio Limit"
                )
            )
        return failures
    except LoginFailed as fault:
        return [Failure("username", f"Authentication failure: {fault}")]
    except ClientFault as fault:
        return [Failure("host", f"Unable to connect to qBittorrent: {fault}")]


async def _labels(client: QbitClient) -> list[Failure]:
    settings = client.settings
    wanted = {"category": settings.category, "post-import category": settings.post_import_category}
    if not any(wanted.values()):
        return []
    try:
        await client.select(afresh=True)
        if await client.version() < CATEGORIES_SINCE:
            return []
        present = await client.categories()
        for setting, label in wanted.items():
            if label and label not in present:
                await client.create_category(label)
                present = await client.categories()
                if label not in present:
                    return [Failure(setting, "Configuration of label failed")]
    except ClientFault as fault:
        return [Failure("category", f"Configuration of label failed: {fault}")]
    return []


async def _priority(client: QbitClient) -> list[Failure]:
    if not client.settings.priority_first:
        return []
    try:
        if (await client.preferences()).queueing_enabled:
            return []
    except ClientFault as fault:
        return [Failure("", f"Unknown exception: {fault}")]
    return [Failure("priority", "Queueing not enabled")]


async def _listing(client: QbitClient) -> list[Failure]:
    try:
        await client.torrents()
    except ClientFault as fault:
        return [Failure("", f"Failed to get the list of torrents: {fault}")]
    return []


async def examine(client: QbitClient, view: View, library: Path) -> list[Ailment]:
    """Hold the conversation of the health checks, look at the paths it tells."""
    try:
        await client.select()
        await client.version()
        preferences = await client.preferences()
        told = (await client.categories()).get(client.settings.category)
    except ClientFault as fault:
        return [Ailment("DownloadClientCheck", "error", f"Unable to communicate with qBittorrent. {fault}")]
    root = _download_root(client.settings.category, told, preferences)
    root = view.mapped(client.settings.host, root)
    ailments = _path_ailments(root, view, library)
    if _removes_early(preferences, client.flavour):
        message = "Download client qBittorrent is set to remove completed downloads."
        ailments.append(Ailment("DownloadClientRemovesCompletedDownloadsCheck", "warning", message))
    return ailments


def _download_root(name: str, told: Category | None, preferences: Preferences) -> str:
    own = told.save_path if told else ""
    if own.startswith("/") or not name:
        return own or preferences.save_path
    return f"{preferences.save_path.rstrip('/')}/{own or name}"


def _path_ailments(root: str, view: View, library: Path) -> list[Ailment]:
    if not root.startswith("/") or root.startswith("//"):
        message = f"Download client places downloads in {root} but this is not a valid path."
        return [Ailment("RemotePathMappingCheck", "error", message)]
    real = view.folder(root)
    if real is None:
        message = f"Download client places downloads in {root} but this directory does not appear to exist."
        return [Ailment("RemotePathMappingCheck", "error", message)]
    if real.is_relative_to(library):
        message = f"Download client places downloads in the root folder {root}."
        return [Ailment("DownloadClientRootFolderCheck", "warning", message)]
    return []


def _removes_early(preferences: Preferences, flavour: Flavour) -> bool:
    if not preferences.removes_at_limit:
        return False
    forgiven = flavour.forgives_long_seeding and preferences.max_seeding_time >= LONG_SEEDING
    return preferences.max_ratio_enabled or (preferences.max_seeding_time_enabled and not forgiven)
