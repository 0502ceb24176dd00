"""The conversation an Arr has with a qBittorrent.

Source: Sonarr develop 97d24acf0 (QBittorrent.cs, QBittorrentProxyV2.cs, QBittorrentProxySelector.cs), read
2026-08; the releases differ as arr_flavour.py tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import msgspec

from compat.emulators import arr_torrent
from compat.emulators.arr_flavour import Authorization, Flavour, InitialState
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_settings import ClientSettings
from compat.emulators.arr_torrent import Category, OddReply, Preferences, Properties, Row, Status
from compat.emulators.arr_wire import NoAnswer, Pairs, Reply, Upload, Wire, basic, cookies_of, moment
from compat.emulators.bench import Clock

T = TypeVar("T")

SELECTION_LASTS = 600.0  # seconds
LIMITS_WITH_ADD_SINCE = (2, 8, 1)
STOPPED_SINCE = (2, 11, 0)
LOOKS_FOR_NEW_TORRENT = 10
BETWEEN_LOOKS = 0.1  # seconds


class ClientFault(Exception):
    """A call to the download client failed. A refused add makes the Arr try the next release."""


class Unavailable(ClientFault):
    """Nobody answers at login: the release waits as "download client unavailable"."""


class LoginFailed(ClientFault):
    """User name, password or key are not accepted: the release waits likewise."""


class StatusFault(ClientFault):
    """The client answered with an error status."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One torrent of the client as the Arr remembers it."""

    download_id: str  # 40 hex digits, upper case
    title: str
    category: str
    size: int  # bytes
    remaining: int  # bytes
    time_left: timedelta | None
    status: Status
    message: str
    output_path: str  # as the client sees it; "" until completed, or where there is none
    rests_past_limit: bool  # finished, at rest, past a seed limit


class QbitClient:
    """One qBittorrent as one Arr knows it. Every method may raise ClientFault."""

    def __init__(self, flavour: Flavour, settings: ClientSettings, clock: Clock, *, timeout: float) -> None:
        self.flavour = flavour
        self.settings = settings
        self.wire = Wire(settings.url, flavour.user_agent, timeout=timeout)
        self._clock = clock
        self._cookies: dict[str, str] | None = None
        self._selected_at: float | None = None
        self._selected: tuple[int, ...] = ()

    async def close(self) -> None:
        """Drop the connections; the next call opens new ones."""
        await self.wire.close()

    async def select(self, *, afresh: bool = False) -> None:
        """Find out which API the client speaks; the finding lasts ten minutes."""
        now = self._clock.now()
        if not afresh and self._selected_at is not None and now < self._selected_at + SELECTION_LASTS:
            return
        await self._probe()
        self._selected = await self.version()
        self._selected_at = now

    async def version(self) -> tuple[int, ...]:
        """GET app/webapiVersion."""
        return _read(arr_torrent.read_version, await self._call("GET", "app/webapiVersion"))

    async def preferences(self) -> Preferences:
        """GET app/preferences."""
        return _read(arr_torrent.read_preferences, await self._call("GET", "app/preferences"))

    async def categories(self) -> dict[str, Category]:
        """GET torrents/categories."""
        return _read(arr_torrent.read_categories, await self._call("GET", "torrents/categories"))

    async def torrents(self) -> list[Row]:
        """GET torrents/info, of the category where there is one."""
        chosen = [("category", self.settings.category)] if self.settings.category else []
        return _read(arr_torrent.read_torrents, await self._call("GET", "torrents/info", chosen))

    async def poll(self) -> list[Listed]:
        """Hold the conversation of one refresh, return what the Arr makes of it."""
        await self.select()
        version = await self.version()
        preferences = await self.preferences()
        return [await self._listed(row, preferences, version) for row in await self.torrents()]

    async def grab(self, offer: Offer) -> None:
        """Add a release; then, where the settings want more than the add can say, wait for it to show up."""
        await self.select()
        if offer.magnet and not (await self.preferences()).dht and "&tr=" not in offer.magnet:
            raise ClientFault("Magnet Links without trackers not supported if DHT is disabled")
        uploads = [] if offer.magnet else [Upload("torrents", f"{offer.cleaned}.torrent", offer.torrent)]
        fields = [("urls", offer.magnet)] if offer.magnet else []
        reply = await self._call("POST", "torrents/add", fields + await self._add_options(), uploads=uploads)
        if not 200 <= reply.status < 300 or reply.text == "Fails.":
            raise ClientFault("Download client failed to add torrent")
        await self._finish_add(offer.infohash.lower())

    async def create_category(self, name: str) -> None:
        """POST torrents/createCategory."""
        await self._call("POST", "torrents/createCategory", [("category", name)])

    async def set_category(self, infohash: str, category: str) -> None:
        """POST torrents/setCategory. A 409 is the caller's to forgive."""
        await self._call(
            "POST", "torrents/setCategory", [("hashes", infohash.lower()), ("category", category)]
        )

    async def delete(self, infohash: str) -> None:
        """POST torrents/delete, files included, as every removal by an Arr is."""
        await self._call("POST", "torrents/delete", [("hashes", infohash.lower()), ("deleteFiles", "true")])

    async def _add_options(self) -> list[tuple[str, str]]:
        settings = self.settings
        options = [("category", settings.category)] if settings.category else []
        if settings.initial_state is not InitialState.FORCE_START:
            renamed = self.flavour.sends_stopped and await self.version() >= STOPPED_SINCE
            options.append(
                ("stopped" if renamed else "paused", str(settings.initial_state is InitialState.STOP))
            )
        options += [("sequentialDownload", "True")] if settings.sequential else []
        options += [("firstLastPiecePrio", "True")] if settings.first_last else []
        options += [("contentLayout", settings.content_layout)] if settings.content_layout else []
        return options + (self._goals() if self._selected >= LIMITS_WITH_ADD_SINCE else [])

    def _goals(self) -> list[tuple[str, str]]:
        settings = self.settings
        goals = [("ratioLimit", settings.ratio_limit), ("seedingTimeLimit", settings.seeding_time_limit)]
        return [(name, _number(goal)) for name, goal in goals if goal is not None]

    async def _finish_add(self, infohash: str) -> None:
        settings = self.settings
        hashes, late_goals = ("hashes", infohash), self._selected < LIMITS_WITH_ADD_SINCE and self._goals()
        calls: list[tuple[str, Pairs]] = []
        if late_goals:
            goals = {"ratioLimit": "-2", "seedingTimeLimit": "-2"} | dict(late_goals)
            calls.append(("torrents/setShareLimits", [hashes, *goals.items()]))
        if settings.priority_first:
            calls.append(("torrents/topPrio", [hashes]))
        if settings.initial_state is InitialState.FORCE_START:
            calls.append(("torrents/setForceStart", [hashes, ("value", "true")]))
        if not calls or not await self._shows_up(infohash):
            return
        for path, fields in calls:
            with suppress(ClientFault):  # an Arr only logs it
                await self._call("POST", path, fields)

    async def _shows_up(self, infohash: str) -> bool:
        for _ in range(LOOKS_FOR_NEW_TORRENT):
            with suppress(ClientFault):
                await self._call("GET", "torrents/properties", [("hash", infohash)])
                return True
            await moment(BETWEEN_LOOKS)
        return False

    async def _listed(self, row: Row, preferences: Preferences, version: tuple[int, ...]) -> Listed:
        status, message = arr_torrent.status_of(row.state, preferences.dht, self.flavour)
        output_path = row.content_path if version >= arr_torrent.CONTENT_PATH_SINCE else None
        if status is Status.COMPLETED and output_path and output_path == row.save_path:
            status, message, output_path = Status.WARNING, arr_torrent.SAME_AS_SAVE_PATH, ""
        elif status is Status.COMPLETED and not output_path:
            output_path = await self._path_from_files(row.hash)
        if arr_torrent.wants_seeding_time(row, preferences, self.flavour):
            row = msgspec.structs.replace(row, seeding_time=(await self._properties(row.hash)).seeding_time)
        return Listed(
            download_id=row.hash.upper(),
            title=row.name,
            category=row.category or row.label,
            size=row.size,
            remaining=row.remaining,
            time_left=row.time_left,
            status=status,
            message=message,
            output_path=output_path or "",
            rests_past_limit=arr_torrent.is_removable(row, preferences, self.flavour, now=self._clock.now()),
        )

    async def _path_from_files(self, infohash: str) -> str:
        reply = await self._call("GET", "torrents/files", [("hash", infohash.lower())])
        files = _read(arr_torrent.read_files, reply)
        if not files:
            return ""
        save_path = (await self._properties(infohash)).save_path
        return f"{save_path.rstrip('/')}/{files[0].name.partition('/')[0]}"

    async def _properties(self, infohash: str) -> Properties:
        reply = await self._call("GET", "torrents/properties", [("hash", infohash.lower())])
        return _read(arr_torrent.read_properties, reply)

    async def _probe(self) -> None:
        """Ask for the version without a cookie: 403 is as good as an answer, 404 means API version 1."""
        try:
            reply = await self.wire.exchange("GET", "app/webapiVersion", authorization=self._authorization())
        except NoAnswer as error:
            raise Unavailable(f"Failed to connect to qBittorrent: {error}") from error
        if reply.status == 404:
            raise ClientFault("The client speaks API version 1 only")
        if reply.failed and reply.status != 403:
            raise ClientFault(
                "Failed to connect to qBittorrent, check your settings and qBittorrent configuration"
            )

    async def _call(
        self, method: str, path: str, fields: Pairs = (), *, uploads: Sequence[Upload] = ()
    ) -> Reply:
        """Make one call, logged in; 403 leads to one more login, nothing else does."""
        if self._cookies is None:
            await self._login()
        try:
            reply = await self._exchange(method, path, fields, uploads)
            if reply.status == 403 and not self.settings.api_key:
                await self._login()
                reply = await self._exchange(method, path, fields, uploads)
        except NoAnswer as error:
            raise ClientFault(
                f"Failed to connect to qBittorrent, please check your settings: {error}"
            ) from error
        if self.settings.api_key and reply.status in (401, 403):
            raise LoginFailed("Failed to authenticate with qBittorrent: the API key is not accepted")
        if reply.failed:
            raise StatusFault(
                f"Failed to connect to qBittorrent: {method} {path} answered {reply.status}", reply.status
            )
        return reply

    async def _exchange(self, method: str, path: str, fields: Pairs, uploads: Sequence[Upload]) -> Reply:
        return await self.wire.exchange(
            method,
            path,
            fields,
            uploads=uploads,
            authorization=self._authorization(),
            cookies=self._cookies,
        )

    async def _login(self) -> None:
        if not self.settings.has_login:
            return
        self._cookies = None
        form = [("username", self.settings.username), ("password", self.settings.password)]
        try:
            reply = await self.wire.exchange("POST", "auth/login", form, authorization=self._authorization())
        except NoAnswer as error:
            raise Unavailable(
                f"Failed to connect to qBittorrent, please check your settings: {error}"
            ) from error
        if reply.failed:
            raise LoginFailed(f"Failed to authenticate with qBittorrent: login answered {reply.status}")
        if reply.text != "Ok." and (reply.text or self.flavour.exact_ok):
            raise LoginFailed("Failed to authenticate with qBittorrent")
        try:
            self._cookies = cookies_of(reply.set_cookies)
        except ValueError as error:
            raise LoginFailed(str(error)) from error

    def _authorization(self) -> str:
        settings, kind = self.settings, self.flavour.authorization
        if settings.api_key:
            return f"Bearer {settings.api_key}"
        if kind is Authorization.NONE or not (settings.username or settings.password):
            return ""
        return basic(settings.username, settings.password)


def _number(value: float) -> str:
    """Write a number as .NET does: "2" for 2.0, "1.5" for 1.5."""
    return str(int(value)) if value == int(value) else str(value)


def _read(reader: Callable[[str], T], reply: Reply) -> T:
    try:
        return reader(reply.text)
    except OddReply as odd:
        raise ClientFault(f"Unable to read the answer of qBittorrent: {odd}") from odd
