"""Categories with their folders; tags."""

from __future__ import annotations

import asyncio

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.events import Recategorised, Relocated
from qbitproxy.core.torrent import Options, Torrent
from qbitproxy.library import Category
from qbitproxy.web.keys import LIBRARY, SETTINGS
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import below, is_category_name, make_folder
from qbitproxy.web.qbit.profile import profile_of
from qbitproxy.web.qbit.selection import adjust_each, chosen, record_each
from qbitproxy.web.qbit.wire import CategoryRow


def category_rows(request: web.Request) -> dict[str, CategoryRow]:
    """Every category by name; the folder is absolute because an Arr checks that it exists."""
    library = request.app[LIBRARY]
    return {name: CategoryRow(name, library.save_path(name)) for name in sorted(library.categories)}


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
    await put_category(request, Category(name, form.text("savePath")))
    return plain()


async def edit_category(request: web.Request, form: Form) -> web.Response:
    """torrents/editCategory: for torrents yet to come, and for those that are managed automatically."""
    name = _category_name(form)
    form.need("savePath")
    known, profile = request.app[LIBRARY].categories.get(name), profile_of(request)
    if known is None and not profile.strict_unchanged:
        raise web.HTTPNotFound(text="Not Found")
    if known is None or (known.save_path == form.text("savePath") and profile.strict_unchanged):
        raise web.HTTPConflict(text="Unable to edit category")
    await put_category(request, Category(name, form.text("savePath")))
    library = request.app[LIBRARY]
    path, theirs = (
        library.save_path(name),
        [t for t in library.listed() if t.category == name and t.automatic],
    )
    await record_each(request, theirs, lambda _: Relocated(path, automatic=True))
    return plain()


async def put_category(request: web.Request, category: Category) -> None:
    """Store `category` once its folder stands. Raises HTTPConflict saying why it cannot."""
    files = request.app[SETTINGS].files
    path = below(files.download_root, category.save_path or category.name)
    if path is None:
        raise web.HTTPConflict(
            text=f"Unable to create category: {category.save_path} is not below {files.download_root}"
        )
    try:
        await asyncio.to_thread(make_folder, path, files)
    except (OSError, LookupError) as failure:
        raise web.HTTPConflict(text=f"Unable to create category: {path}: {failure}") from failure
    await request.app[LIBRARY].put_category(replace(category, save_path=path if category.save_path else ""))


async def remove_categories(request: web.Request, form: Form) -> web.Response:
    """torrents/removeCategories: their torrents get none; unknown names are fine."""
    form.need("categories")
    library = request.app[LIBRARY]
    names = {name for name in form.text("categories").split("\n") if name in library.categories}
    await library.drop_categories(names)
    await _recategorise(request, [t for t in library.listed() if t.category in names], "")
    return plain()


async def set_category(request: web.Request, form: Form) -> web.Response:
    """torrents/setCategory: what is placed stays, unless it is managed automatically.

    An unknown category is 409.
    """
    form.need("hashes", "category")
    torrents, category = chosen(request, form), form.text("category")
    if torrents and category and category not in request.app[LIBRARY].categories:
        raise web.HTTPConflict(text="Incorrect category name")
    if not await _recategorise(request, torrents, category):
        raise web.HTTPConflict(text=f"a torrent of the same hash is in the category {category!r} already")
    return plain()


async def tags(request: web.Request, _: Form) -> web.Response:
    """torrents/tags."""
    return as_json(request.app[LIBRARY].tags)


async def create_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/createTags."""
    form.need("tags")
    await request.app[LIBRARY].put_tags(form.listed("tags", ","))
    return plain()


async def delete_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/deleteTags: off the torrents as well."""
    form.need("tags")
    library, gone = request.app[LIBRARY], set(form.listed("tags", ","))
    await library.drop_tags(gone)
    await adjust_each(request, library.listed(), lambda options: _without(options, gone))
    return plain()


async def add_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/addTags: unknown tags come to be, if any torrent was meant."""
    form.need("hashes", "tags")
    torrents, new = chosen(request, form), form.listed("tags", ",")
    if torrents:
        await request.app[LIBRARY].put_tags(new)
        await adjust_each(request, torrents, lambda options: _with(options, new))
    return plain()


async def remove_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/removeTags: without `tags` all of them."""
    torrents, gone = chosen(request, form), set(form.listed("tags", ","))
    await adjust_each(request, torrents, lambda options: _without(options, gone or set(options.tags)))
    return plain()


def _category_name(form: Form) -> str:
    form.need("category")
    if not form.text("category"):
        raise web.HTTPBadRequest(text="Category cannot be empty")
    return form.text("category")


def _with(options: Options, new: list[str]) -> Options:
    return replace(options, tags=tuple(dict.fromkeys((*options.tags, *new))))


def _without(options: Options, gone: set[str]) -> Options:
    return replace(options, tags=tuple(tag for tag in options.tags if tag not in gone))


async def _recategorise(request: web.Request, torrents: list[Torrent], category: str) -> bool:
    save_path = request.app[LIBRARY].save_path(category)
    return await record_each(request, torrents, lambda _: Recategorised(category, save_path))
