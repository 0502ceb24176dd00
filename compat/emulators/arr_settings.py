"""The settings of a download client, as an Arr keeps them, as its API tells them.

Source: Sonarr develop 97d24acf0 (Sonarr.Api.V3/DownloadClient, QBittorrentSettings.cs), read 2026-08.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict
from urllib.parse import urlsplit

from compat.emulators.arr_flavour import Flavour, InitialState

MASKED = "********"
LAYOUTS = ("", "Original", "Subfolder")

Json = dict[str, Any]


class ClientOptions(TypedDict, total=False):
    """What a download client can be set to; see ClientSettings."""

    category: str
    post_import_category: str
    ratio_limit: float | None
    seeding_time_limit: int | None
    initial_state: InitialState
    sequential: bool
    first_last: bool
    content_layout: str
    priority_first: bool
    remove_completed: bool
    api_key: str


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """A download client as configured in an Arr, with the seed goals of the indexer."""

    name: str = "qBittorrent"
    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    category: str = ""
    post_import_category: str = ""
    initial_state: InitialState = InitialState.START
    sequential: bool = False
    first_last: bool = False
    content_layout: str = ""  # "", "Original", "Subfolder"
    priority_first: bool = False
    remove_completed: bool = True
    ratio_limit: float | None = None  # a seed goal of the indexer, as the next
    seeding_time_limit: int | None = None  # minutes

    @property
    def host(self) -> str:
        """What remote path mappings are compared with."""
        return urlsplit(self.url).hostname or ""

    @property
    def has_login(self) -> bool:
        """Both are needed, or the Arr never logs in."""
        return bool(self.username.strip() and self.password.strip()) and not self.api_key


def template(flavour: Flavour) -> Json:
    """Return the schema entry for qBittorrent: a resource with every field at its default."""
    settings = ClientSettings(url="http://localhost:8080", category=flavour.category)
    return resource(settings, flavour, number=None)


def resource(settings: ClientSettings, flavour: Flavour, *, number: int | None = 1) -> Json:
    """Return one download client; its secrets are masked, a template has no number."""
    return {
        "enable": True,
        "protocol": "torrent",
        "priority": 1,
        "removeCompletedDownloads": settings.remove_completed,
        "removeFailedDownloads": True,
        "name": settings.name,
        "fields": [
            {"order": order, "name": field, "value": value}
            for order, (field, value) in enumerate(_fields(settings, flavour).items())
        ],
        "implementationName": "qBittorrent",
        "implementation": "QBittorrent",
        "configContract": "QBittorrentSettings",
        "infoLink": "https://wiki.servarr.com/",
        "tags": [],
        "id": number,
    }


def settings_from(body: Mapping[str, Any], flavour: Flavour, stored: ClientSettings | None) -> ClientSettings:
    """Read a resource sent by a caller; masked secrets are those stored. Unknown fields count for nothing.

    Raises ValueError, KeyError or TypeError for one that makes no sense.
    """
    defaults = {field["name"]: field["value"] for field in template(flavour)["fields"]}
    given = defaults | {field["name"]: field.get("value") for field in body["fields"]}
    category, post_import = flavour.category_fields
    scheme = "https" if given["useSsl"] else "http"
    path = (given["urlBase"] or "").strip("/")
    return ClientSettings(
        name=body["name"],
        url=f"{scheme}://{given['host']}:{int(given['port'])}/{path}",
        username=given["username"] or "",
        password=_unmasked(given["password"], stored.password if stored else ""),
        api_key=_unmasked(given.get("apiKey"), stored.api_key if stored else ""),
        category=given[category] or "",
        post_import_category=given[post_import] or "",
        initial_state=InitialState(given["initialState"]),
        sequential=bool(given["sequentialOrder"]),
        first_last=bool(given["firstAndLast"]),
        content_layout=LAYOUTS[given.get("contentLayout") or 0],
        priority_first=any(given[field] for field in flavour.priority_fields),
        remove_completed=bool(body.get("removeCompletedDownloads", True)),
    )


def _fields(settings: ClientSettings, flavour: Flavour) -> Json:
    url = urlsplit(settings.url)
    category, post_import = flavour.category_fields
    fields: Json = {
        "host": url.hostname,
        "port": url.port or (443 if url.scheme == "https" else 80),
        "useSsl": url.scheme == "https",
        "urlBase": url.path.rstrip("/"),
        "username": settings.username,
        "password": MASKED if settings.password else "",
        category: settings.category,
        post_import: settings.post_import_category,
        **dict.fromkeys(flavour.priority_fields, int(settings.priority_first)),
        "initialState": settings.initial_state.value,
        "sequentialOrder": settings.sequential,
        "firstAndLast": settings.first_last,
    }
    if flavour.knows_content_layout:
        fields["contentLayout"] = LAYOUTS.index(settings.content_layout)
    if flavour.knows_api_key:
        fields["apiKey"] = MASKED if settings.api_key else ""
    return fields


def _unmasked(given: str | None, stored: str) -> str:
    return stored if given == MASKED else given or ""
