"""The download clients that an Arr is set up with.

Source: Sonarr develop 97d24acf0 (DownloadClientResource.cs, QBittorrentSettings.cs), read 2026-08. Each field
is named in camelCase; the category has a word of the Arr's before it ("tvCategory").
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from qbitproxy.arrs.api import Api
from qbitproxy.core.ports import DownloadClient


class _Field(Struct, frozen=True):
    name: str = ""
    value: Any = None


class Client(Struct, frozen=True):
    """A download client as it is set up; its secrets are masked."""

    name: str = ""
    implementation: str = ""
    enable: bool = True
    fields: tuple[_Field, ...] = ()

    @property
    def category(self) -> str:
        """Its own, not the one after the import."""
        own = (
            value
            for name, value in self._given.items()
            if name.endswith("category") and "imported" not in name
        )
        return next((value for value in own if isinstance(value, str)), "")

    @property
    def url(self) -> str:
        """Where it is, "" when that makes no sense."""
        given = self._given
        host, port = self.text("host"), given.get("port")
        if not host or type(port) is not int:
            return ""
        scheme = "https" if given.get("usessl") is True else "http"
        path = self.text("urlbase").strip("/")
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path and f'/{path}'}"

    def text(self, name: str) -> str:
        """A field by its name in lower case, "" when it is empty or no text."""
        value = self._given.get(name)
        return value.strip() if isinstance(value, str) else ""

    @property
    def _given(self) -> dict[str, Any]:
        return {field.name.lower(): field.value for field in self.fields}


class Clients:
    """What each method promises is written in `core.ports.ArrLibrary`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def listed(self) -> list[Client]:
        """Every download client, of whatever kind."""
        return await self._api.list("downloadclient", Client)

    async def qbittorrents(self) -> list[DownloadClient]:
        return [
            DownloadClient(url=client.url, username=client.text("username"), category=client.category)
            for client in await self.listed()
            if client.implementation == "QBittorrent" and client.enable and client.url
        ]
