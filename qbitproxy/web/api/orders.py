"""What a request to add torrents asks for in our own terms."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action, Request
from qbitproxy.library import Draft, Library
from qbitproxy.roster import Roster
from qbitproxy.settings import Settings
from qbitproxy.web.api.wire_add import AddRequest, ArrShape, arr_shape, nameless_arr

LONGEST_NAME = 255  # bytes: what a folder may be called


class Malformed(Exception):
    """The request as a whole makes no sense, so nothing of it is done."""


class Unserved(Exception):
    """The request makes sense, but not here: it asks for what is not set up or not allowed."""


class Order(Struct, frozen=True, kw_only=True):
    """What every source of one request has in common."""

    category: str
    save_path: str
    request: Request
    strips: Callable[[Source], bool]  # whether trackers are kept from the provider
    arr: ArrShape  # as the answer shows it

    def draft(self, source: Source) -> Draft:
        """The torrent to accept for `source`."""
        strip = self.request.strip_trackers or self.strips(source)
        return Draft(
            source=source,
            category=self.category,
            save_path=self.save_path,
            request=replace(self.request, strip_trackers=strip),
        )


def check(asked: AddRequest) -> None:
    """Raise Malformed when a name or an address could never be meant."""
    for name in (asked.arr, asked.arr_name):
        if not _is_folder_name(name):
            raise Malformed(f"arr: {name!r} cannot be a category; it is the name of an Arr or of a folder")
    if asked.arr and asked.arr_name and asked.arr != asked.arr_name:
        raise Malformed("arr and arrName differ; send one of them")
    if asked.callback_url and not _is_http_url(asked.callback_url):
        raise Malformed("callbackUrl: write a whole address such as https://host.example/path")


def order(asked: AddRequest, settings: Settings, roster: Roster, library: Library) -> Order:
    """What `asked`, already checked, means. Raises Unserved. Blocks: it looks at the download root."""
    name = asked.arr or asked.arr_name
    known = roster.named(name) or roster.for_category(name) if name else None
    category = known.category if known else name
    arr = known.name if known else ""
    request = Request(
        origin="api",
        arr=arr,
        action=_action(asked.action, settings, arr),
        provider=_provider(asked.debrid, settings),
        uncached=asked.download_uncached,
        strip_trackers=asked.rm_tracker_urls,
        skip_multi_season=asked.skip_multi_season,
        callback_url=asked.callback_url,
    )
    folder = asked.download_folder
    return Order(
        category=category,
        save_path=_below_root(folder, category, settings) if folder else library.save_path(category),
        request=request,
        strips=lambda source: settings.strips_trackers(source, arr),
        arr=arr_shape(known) if known else nameless_arr(category),
    )


def _action(asked: str, settings: Settings, arr: str) -> Action:
    if not asked:
        return settings.action_for(arr)
    try:
        return Action(asked)
    except ValueError:
        raise Unserved(f"action {asked!r} is none of {', '.join(Action)}") from None


def _provider(asked: str, settings: Settings) -> str:
    known = settings.enabled_providers()
    if asked and asked not in known:
        raise Unserved(f"debrid {asked!r} is not set up; there is {', '.join(known) or 'none yet'}")
    return asked


def _below_root(folder: str, category: str, settings: Settings) -> str:
    root = Path(settings.files.download_root)
    path = Path(os.path.normpath(root / folder))
    outside = Unserved(f"downloadFolder {folder!r} is not below the download root {root}")
    if "\0" in folder or not path.is_relative_to(root):
        raise outside
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        raise outside  # through a link that leads out
    return str(path / category)


def _is_folder_name(name: str) -> bool:
    if name in (".", "..") or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        return False
    return name == name.strip() and name.isprintable() and not set(name) & {"/", "\\"}


def _is_http_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and text.isprintable()
            and " " not in text
        )
    except ValueError:  # a port that is no number, an unfinished IPv6 address
        return False
