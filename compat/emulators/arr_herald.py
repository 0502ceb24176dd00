"""The webhooks of an Arr: who is told, what is told.

Source: Sonarr develop 97d24acf0 (NzbDrone.Core/Notifications: NotificationService, Webhook/*), Radarr
develop 1b9662d58, Lidarr develop 0501e6156, Readarr develop 4fb62c072, read 2026-08. Whoever does not take an
event is not told of it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_paths import View
from compat.emulators.arr_settings import MASKED, Json
from compat.emulators.arr_shelf import MediaFile, Owner, Part, Shelf
from compat.emulators.arr_shelf_resources import file_resource
from compat.emulators.arr_wire import basic

SWITCHES = {
    "series": "onGrab onDownload onUpgrade onImportComplete onRename onSeriesAdd onSeriesDelete "
    "onEpisodeFileDelete onEpisodeFileDeleteForUpgrade onHealthIssue includeHealthWarnings onHealthRestored "
    "onApplicationUpdate onManualInteractionRequired",
    "movie": "onGrab onDownload onUpgrade onRename onMovieAdded onMovieDelete onMovieFileDelete "
    "onMovieFileDeleteForUpgrade onHealthIssue includeHealthWarnings onHealthRestored onApplicationUpdate "
    "onManualInteractionRequired",
    "artist": "onGrab onReleaseImport onUpgrade onRename onArtistAdd onArtistDelete onAlbumDelete "
    "onHealthIssue includeHealthWarnings onHealthRestored onDownloadFailure onImportFailure onTrackRetag "
    "onApplicationUpdate",
    "author": "onGrab onReleaseImport onUpgrade onRename onAuthorAdded onAuthorDelete onBookDelete "
    "onBookFileDelete onBookFileDeleteForUpgrade onHealthIssue includeHealthWarnings onDownloadFailure "
    "onImportFailure onBookRetag onApplicationUpdate",
}
DEADLINE = 10.0  # seconds


class Untold(Exception):
    """Nobody at that address took an event."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One connection of the kind "Webhook"."""

    id: int
    name: str
    url: str
    method: int = 1  # 1 POST, 2 PUT
    username: str = ""
    password: str = field(default="", repr=False)
    switches: frozenset[str] = frozenset()


def switches_of(flavour: Flavour) -> list[str]:
    """Return the names of the events this Arr can tell of."""
    return SWITCHES[flavour.medium.owner].split()


def resource(webhook: Webhook, flavour: Flavour) -> Json:
    """Return one connection; its password is masked."""
    fields = {
        "url": webhook.url,
        "method": webhook.method,
        "username": webhook.username,
        "password": MASKED if webhook.password else "",
    }
    return {
        **{name: name in webhook.switches for name in switches_of(flavour)},
        "name": webhook.name,
        "fields": [
            {"order": order, "name": name, "value": value}
            for order, (name, value) in enumerate(fields.items())
        ],
        "implementationName": "Webhook",
        "implementation": "Webhook",
        "configContract": "WebhookSettings",
        "infoLink": "https://wiki.servarr.com/",
        "tags": [],
        "id": webhook.id,
    }


class Herald:
    """Tells whoever asked for it."""

    def __init__(self, flavour: Flavour, shelf: Shelf, view: View) -> None:
        self._flavour, self._shelf, self._view = flavour, shelf, view
        self._medium = flavour.medium
        self._session: ClientSession | None = None
        self._taken = 0
        self.webhooks: list[Webhook] = []

    async def close(self) -> None:
        """Drop the connections."""
        if self._session:
            await self._session.close()

    async def keep(self, webhook: Webhook) -> Webhook:
        """Test a connection, keep it in place of the one of that number; 0 takes the next. Raises Untold."""
        webhook = self._unmasked(webhook)
        await self.test(webhook)
        if not webhook.id:
            self._taken += 1
            webhook = replace(webhook, id=self._taken)
        self.webhooks = [one for one in self.webhooks if one.id != webhook.id] + [webhook]
        return webhook

    async def test(self, webhook: Webhook) -> None:
        """Press the Test button. Raises Untold."""
        webhook = self._unmasked(webhook)
        await self._send(webhook, {"eventType": "Test", self._medium.owner: {"id": 1, "title": "Test Title"}})

    async def imported(
        self, files: Sequence[MediaFile], download_id: str, came_from: Mapping[Path, Path]
    ) -> None:
        """Tell of imported files; `came_from` says where each lay, by where it is now."""
        switch = "onDownload" if self._has_one_file_each else "onReleaseImport"
        for file in files:
            for before in file.upgrades:
                await self.deleted(before, "upgrade")
            payload = self._about(file) | {
                "isUpgrade": bool(file.upgrades),
                "downloadClient": "qBittorrent",
                "downloadClientType": "qBittorrent",
                "downloadId": download_id,
            }
            told = payload[self._file_key]
            for one in told if isinstance(told, list) else [told]:
                one["sourcePath"] = self._view.seen(came_from[file.path])
            switches = [switch]
            if file.upgrades:
                payload["deletedFiles"] = [self._resource(before) for before in file.upgrades]
                switches.append("onUpgrade")
            await self._tell(switches, {"eventType": "Download"} | payload)
        if files and self._medium.owner == "series":
            await self._tell(["onImportComplete"], self._complete(files, download_id, came_from))

    async def deleted(self, file: MediaFile, reason: str) -> None:
        """Tell of a file that went; Lidarr does not."""
        word = _capital(self._medium.file_word)
        payload = {"eventType": f"{word}Delete"} | self._about(file)
        if self._has_one_file_each:
            payload["deleteReason"] = reason
        switches = [f"on{word}Delete"] + [f"on{word}DeleteForUpgrade"] * (reason == "upgrade")
        await self._tell(switches, payload)

    async def forgot(self, owner: Owner, *, deletes_files: bool) -> None:
        """Tell of a series, movie, artist or author that is not wanted any more; of its files nothing."""
        word = _capital(self._medium.owner)
        payload = {"eventType": f"{word}Delete", self._medium.owner: self._owner(owner)}
        await self._tell([f"on{word}Delete"], payload | {"deletedFiles": deletes_files})

    async def forgot_part(self, part: Part, *, deletes_files: bool) -> None:
        """Tell of an album or book that is not wanted any more."""
        word = _capital(self._medium.part)
        payload = {
            "eventType": f"{word}Delete",
            self._medium.owner: self._owner(self._shelf.owners[part.owner]),
            self._medium.part: {"id": part.id, "title": str(part.id)},
            "deletedFiles": deletes_files,
        }
        await self._tell([f"on{word}Delete"], payload)

    async def renamed(self, file: MediaFile, before: Path) -> None:
        """Tell of a file with another name."""
        plural = f"renamed{_capital(self._medium.file_word)}s"
        change = self._resource(file) | {"previousPath": self._view.seen(before)}
        owner = self._owner(self._shelf.owners[file.owner])
        payload = {"eventType": "Rename", self._medium.owner: owner, plural: [change]}
        await self._tell(["onRename"], payload)

    @property
    def _has_one_file_each(self) -> bool:
        """Whether an episode or movie has one file, of which an event tells alone."""
        return self._medium.owner in ("series", "movie")

    @property
    def _file_key(self) -> str:
        return f"{self._medium.file_word}{'' if self._has_one_file_each else 's'}"

    def _about(self, file: MediaFile) -> Json:
        medium = self._medium
        told = self._resource(file)
        about: Json = {
            "instanceName": self._flavour.name,
            "applicationUrl": "",
            medium.owner: self._owner(self._shelf.owners[file.owner]),
            self._file_key: [told] if self._file_key.endswith("s") else told,
        }
        match medium.part:
            case "episode":
                about["episodes"] = [self._episode(part) for part in file.parts]
            case "album" | "book":
                about[medium.part] = {"id": file.parts[0], "title": str(file.parts[0])}
        return about

    def _complete(self, files: Sequence[MediaFile], download_id: str, came_from: Mapping[Path, Path]) -> Json:
        """Return what is told once of all that a download brought."""
        source, destination = came_from[files[0].path].parent, files[0].path.parent
        return {
            "eventType": "Download",
            "instanceName": self._flavour.name,
            "applicationUrl": "",
            "series": self._owner(self._shelf.owners[files[0].owner]),
            "episodes": [self._episode(part) for file in files for part in file.parts],
            "episodeFiles": [self._resource(file) for file in files],
            "fileCount": len(files),
            "sourcePath": self._view.seen(source),
            "destinationPath": self._view.seen(destination),
            "downloadClient": "qBittorrent",
            "downloadClientType": "qBittorrent",
            "downloadId": download_id,
        }

    def _episode(self, part: int) -> Json:
        return {"id": part, "episodeNumber": self._shelf.parts[part].number, "seasonNumber": 1}

    def _resource(self, file: MediaFile) -> Json:
        return file_resource(file, self._shelf, self._view.seen)

    def _owner(self, owner: Owner) -> Json:
        title = "title" if self._medium.owner in ("series", "movie") else "name"
        path = "folderPath" if self._medium.owner == "movie" else "path"
        return {"id": owner.id, title: owner.title, path: self._view.seen(owner.folder)}

    def _unmasked(self, webhook: Webhook) -> Webhook:
        """With the secret that is stored where it came back masked."""
        stored = next((one for one in self.webhooks if one.id == webhook.id), None)
        if stored is None or webhook.password != MASKED:
            return webhook
        return replace(webhook, password=stored.password)

    async def _tell(self, switches: Sequence[str], payload: Json) -> None:
        """Tell whoever has all of these switches on."""
        for webhook in self.webhooks:
            if webhook.switches.issuperset(switches):
                with suppress(Untold):
                    await self._send(webhook, payload)

    async def _send(self, webhook: Webhook, payload: Json) -> None:
        if self._session is None:
            self._session = ClientSession(
                timeout=ClientTimeout(total=DEADLINE), headers={"User-Agent": self._flavour.user_agent}
            )
        login = webhook.username or webhook.password
        headers = {"Authorization": basic(webhook.username, webhook.password)} if login else {}
        method = "PUT" if webhook.method == 2 else "POST"
        try:
            async with self._session.request(
                method, webhook.url, json=payload, headers=headers, allow_redirects=False
            ) as response:
                if response.status >= 400:
                    raise Untold(f"HTTP request failed: [{response.status}]")
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            raise Untold(f"Unable to reach the address: {type(error).__name__}") from error


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]
