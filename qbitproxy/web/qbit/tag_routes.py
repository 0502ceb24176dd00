"""Tags, which are trimmed, never empty, without a comma."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from msgspec.structs import replace

from qbitproxy.core.torrent import Options
from qbitproxy.web.keys import LIBRARY
from qbitproxy.web.qbit.access import no_arr
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import LONGEST_TAG, MOST_TAGS, MOST_TAGS_EACH, few, short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.selection import adjust_each, chosen

if TYPE_CHECKING:
    from collections.abc import Callable


async def tags(request: web.Request, _: Form) -> web.Response:
    """torrents/tags."""
    return as_json(request.app[LIBRARY].tags)


async def create_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/createTags."""
    form.need("tags")
    await put_tags(request, read_tags(form))
    return plain()


async def delete_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/deleteTags, not for an Arr: off the torrents as well, whosever they are."""
    no_arr(request)
    form.need("tags")
    library, gone = request.app[LIBRARY], set(form.listed("tags", ","))
    await library.drop_tags(gone)
    await adjust_each(request, library.listed(), lambda options: _without(options, gone))
    return plain()


async def add_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/addTags: unknown tags come to be, if any torrent was meant."""
    return await _tag(request, form, _with)


async def remove_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/removeTags: without `tags` all of them."""
    torrents, gone = chosen(request, form), set(form.listed("tags", ","))
    await adjust_each(request, torrents, lambda options: _without(options, gone or set(options.tags)))
    return plain()


async def set_tags(request: web.Request, form: Form) -> web.Response:
    """torrents/setTags: these and no others; unknown tags come to be, if any torrent was meant."""
    return await _tag(request, form, _only)


def read_tags(form: Form) -> list[str]:
    """The tags of `form`, each once. Raises HTTPBadRequest for one that is too long."""
    new = [short(tag, LONGEST_TAG, "a tag") for tag in form.listed("tags", ",")]
    return list(dict.fromkeys(new))


async def put_tags(request: web.Request, new: list[str]) -> None:
    """Create tags; known ones are fine. Raises HTTPConflict for too many."""
    check_room(request, new)
    await request.app[LIBRARY].put_tags(new)


def check_room(request: web.Request, new: list[str]) -> None:
    """Raise HTTPConflict if there would be too many tags with the `new` ones."""
    known = request.app[LIBRARY].tags
    few(len({*known, *new}), max(MOST_TAGS, len(known)), "tags")


async def _tag(
    request: web.Request, form: Form, change: Callable[[Options, list[str]], Options]
) -> web.Response:
    """Make `change` with the tags of `form` on each torrent meant, and let unknown tags come to be."""
    form.need("hashes", "tags")
    torrents, new = chosen(request, form), read_tags(form)
    if torrents:
        for torrent in torrents:
            few(len(change(torrent.options, new).tags), MOST_TAGS_EACH, "tags of a torrent")
        await put_tags(request, new)
        await adjust_each(request, torrents, lambda options: change(options, new))
    return plain()


def _only(options: Options, new: list[str]) -> Options:
    return replace(options, tags=tuple(new))


def _with(options: Options, new: list[str]) -> Options:
    return replace(options, tags=tuple(dict.fromkeys((*options.tags, *new))))


def _without(options: Options, gone: set[str]) -> Options:
    return replace(options, tags=tuple(tag for tag in options.tags if tag not in gone))
