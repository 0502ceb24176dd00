"""Categories with their folders."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from qbitproxy.core.events import Recategorised
from qbitproxy.core.torrent import Torrent
from qbitproxy.library import Category
from qbitproxy.web.keys import LIBRARY, SETTINGS
from qbitproxy.web.qbit.access import no_arr
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import MOST_CATEGORIES, few, parts, short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import LONGEST_PATH, below, is_category_name, make_folder
from qbitproxy.web.qbit.preferences import subcategories
from qbitproxy.web.qbit.profile import Profile, profile_of
from qbitproxy.web.qbit.selection import chosen, record_each, relocate_each
from qbitproxy.web.qbit.view import DEFAULT
from qbitproxy.web.qbit.wire import CategoryRow


def category_rows(request: web.Request) -> dict[str, CategoryRow]:
    """Every category by name; the folder is absolute because an Arr checks that it exists."""
    library, profile = request.app[LIBRARY], profile_of(request)
    newer = _newer(profile)
    return {
        name: CategoryRow(
            name=name,
            save_path=library.save_path(name),
            download_path=_shown(library.categories[name].download_path, profile),
            **newer,
        )
        for name in sorted(library.categories)
    }


def _shown(download_path: str | None, profile: Profile) -> str | bool | UnsetType | None:
    if download_path is None:
        return None if profile.since_5_2 else UNSET
    return download_path or False


async def categories(request: web.Request, _: Form) -> web.Response:
    """torrents/categories."""
    return as_json(category_rows(request))


async def create_category(request: web.Request, form: Form) -> web.Response:
    """torrents/createCategory: there at once, with its folder. One that exists is 409, as in the original."""
    name = _category_name(form)
    if not is_category_name(name):
        raise web.HTTPConflict(text="Incorrect category name")
    if name in request.app[LIBRARY].categories:
        raise web.HTTPConflict(text="Unable to create category")
    few(len(request.app[LIBRARY].categories) + 1, MOST_CATEGORIES, "categories")
    await put_category(request, Category(name, form.text("savePath"), _download_path(request, form, None)))
    return plain()


async def edit_category(request: web.Request, form: Form) -> web.Response:
    """torrents/editCategory: for torrents yet to come, and for those that are managed automatically.

    Not for an Arr, as these are anybody's.
    """
    no_arr(request)
    name = _category_name(form)
    known, profile = request.app[LIBRARY].categories.get(name), profile_of(request)
    if profile.strict_unchanged:
        form.need("savePath")
    elif known is None:
        raise web.HTTPNotFound(text="Category does not exist")
    path = form.text("savePath", known.save_path if known else "")
    is_same = known is not None and known.save_path == path and "downloadPathEnabled" not in form
    if known is None or (is_same and profile.strict_unchanged):
        raise web.HTTPConflict(text="Unable to edit category")
    kept = None if profile.strict_unchanged else known.download_path
    await put_category(request, Category(name, path, _download_path(request, form, kept)))
    library = request.app[LIBRARY]
    theirs = [torrent for torrent in library.listed() if torrent.category == name]

    def place(torrent: Torrent) -> tuple[str, bool]:
        automatic = torrent.options.auto_tmm
        return library.save_path(name) if automatic else torrent.save_path, automatic

    await relocate_each(request, theirs, place)
    return plain()


async def put_category(request: web.Request, category: Category) -> None:
    """Store `category` once its folder stands, those above it first. Raises HTTPConflict if it cannot."""
    files = request.app[SETTINGS].files
    library = request.app[LIBRARY]
    above = category.name.rpartition("/")[0]
    if above and above not in library.categories and _has_subcategories(request):
        await put_category(request, Category(above))
    wish = os.path.join(library.save_path(""), category.save_path or category.name)
    path = below(files.download_root, wish)
    if path is None:
        raise web.HTTPConflict(
            text=f"Unable to create category: {category.save_path} is not below {files.download_root}"
        )
    try:
        await asyncio.to_thread(make_folder, path, files)
    except (OSError, LookupError) as failure:
        raise web.HTTPConflict(text=f"Unable to create category: {path}: {failure}") from failure
    await library.put_category(replace(category, save_path=path if category.save_path else ""))


async def remove_categories(request: web.Request, form: Form) -> web.Response:
    """torrents/removeCategories, not for an Arr: with those below them; unknown names are fine.

    Their torrents get none; from 5.2 on the one above, if there is one. Source: qBittorrent 5.2.3,
    SessionImpl::removeCategory.
    """
    no_arr(request)
    form.need("categories")
    library = request.app[LIBRARY]
    names = {name for name in parts(form.text("categories"), "\n") if name in library.categories}
    if _has_subcategories(request):
        names |= {each for each in library.categories if not names.isdisjoint(_above(each))}
    await library.drop_categories(names)
    heirs = {name: _heir(request, name) for name in names}
    for heir in set(heirs.values()):
        orphans = [torrent for torrent in library.listed() if heirs.get(torrent.category) == heir]
        await _recategorise(request, orphans, heir)
    return plain()


def _heir(request: web.Request, name: str) -> str:
    """The category that the torrents of a removed one get."""
    if not profile_of(request).since_5_2:
        return ""
    known = request.app[LIBRARY].categories
    return max((each for each in _above(name) if each in known), key=len, default="")


async def set_category(request: web.Request, form: Form) -> web.Response:
    """torrents/setCategory: what is placed stays, unless it is managed automatically.

    An unknown category is 409.
    """
    form.need("hashes", "category")
    torrents, category = chosen(request, form), form.text("category")
    if torrents and category and category not in request.app[LIBRARY].categories:
        raise web.HTTPConflict(text="Incorrect category name")
    if _clash(request, torrents, category) or not await _recategorise(request, torrents, category):
        raise web.HTTPConflict(text=f"a torrent of the same hash is in the category {category!r} already")
    return plain()


def _clash(request: web.Request, torrents: list[Torrent], category: str) -> bool:
    """Whether two torrents of one hash would be in `category`."""
    find = request.app[LIBRARY].find
    others = (find(torrent.infohash, category) or torrent for torrent in torrents)
    taken = any(other.id != torrent.id for other, torrent in zip(others, torrents, strict=True))
    return taken or len({torrent.infohash for torrent in torrents}) < len(torrents)


def _newer(profile: Profile) -> dict[str, Any]:
    """The keys that came with later releases: no category has limits of its own."""
    if not profile.since_5_2:
        return {}
    limits = dict.fromkeys(("inactive_seeding_time_limit", "ratio_limit", "seeding_time_limit"), DEFAULT)
    mode = {"share_limits_mode": "Default"} if profile.since_5_3 else {}
    return {"share_limit_action": "Default", **limits, **mode}


def _has_subcategories(request: web.Request) -> bool:
    return subcategories(profile_of(request), request.app[LIBRARY].preferences)


def _download_path(request: web.Request, form: Form, kept: str | None) -> str | None:
    """Where unfinished content is said to be: "" for nowhere, `kept` if the client does not say.

    Source: qBittorrent 5.3.0 (recorded): an odd word is refused; before it counted as not sent.
    """
    match form.text("downloadPathEnabled").strip().lower():
        case "true":
            return short(form.text("downloadPath"), LONGEST_PATH, "a path")
        case "false":
            return ""
        case "":
            return kept
    if profile_of(request).since_5_2:
        raise web.HTTPBadRequest(text="'downloadPathEnabled' parameter has invalid value")
    return kept


def _above(name: str) -> Iterable[str]:
    """The categories that `name` is below."""
    return (name[: found.start()] for found in re.finditer("/", name))


def _category_name(form: Form) -> str:
    form.need("category")
    if not form.text("category"):
        raise web.HTTPBadRequest(text="Category cannot be empty")
    return form.text("category")


async def _recategorise(request: web.Request, torrents: list[Torrent], category: str) -> bool:
    save_path = request.app[LIBRARY].save_path(category)
    return await record_each(request, torrents, lambda _: Recategorised(category, save_path))
