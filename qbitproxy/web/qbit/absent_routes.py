"""RSS, search and the making of torrents, which we do not do: empty lists, refusals in words.

Source: qBittorrent 4.6.7 and 5.3.0, webui/api/{rss,search,torrentcreator}controller.cpp; what they answer
with nothing there was recorded 2026-11.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from qbitproxy.web.qbit.answers import as_json
from qbitproxy.web.qbit.forms import Form

Answer = Callable[[web.Request, Form], Awaitable[web.Response]]

NO_RSS = "This server reads no RSS feeds."
NO_SEARCH = "Python must be installed to use the Search Engine."
"""The words of the original, which clients know how to show."""
NO_MAKING = "This server creates no torrents."


def empty_list(*needed: str) -> Answer:
    """Answers with `[]`."""

    async def answer(_: web.Request, form: Form) -> web.Response:
        form.need(*needed)
        return as_json([])

    return answer


def empty_table(*needed: str) -> Answer:
    """Answers with `{}`."""

    async def answer(_: web.Request, form: Form) -> web.Response:
        form.need(*needed)
        return as_json({})

    return answer


def conflict(text: str, *needed: str) -> Answer:
    """Refuses what is not done here."""

    async def answer(_: web.Request, form: Form) -> web.Response:
        form.need(*needed)
        raise web.HTTPConflict(text=text)

    return answer


def unknown(*needed: str) -> Answer:
    """Refuses to look for what cannot be there."""

    async def answer(_: web.Request, form: Form) -> web.Response:
        form.need(*needed)
        raise web.HTTPNotFound(text="Not Found")

    return answer


async def _listed_unless(name: str, form: Form) -> web.Response:
    if name in form:
        raise web.HTTPNotFound(text="Not Found")
    return as_json([])


async def search_status(_: web.Request, form: Form) -> web.Response:
    """search/status: no search is known."""
    return await _listed_unless("id", form)


async def making_status(_: web.Request, form: Form) -> web.Response:
    """torrentcreator/status: no task is known."""
    return await _listed_unless("taskID", form)


READS: dict[str, Answer] = {
    "rss/items": empty_table(),
    "rss/matchingArticles": empty_table("ruleName"),
    "rss/rules": empty_table(),
    "search/plugins": empty_list(),
    "search/results": unknown("id"),
    "search/status": search_status,
    "torrentcreator/status": making_status,
    "torrentcreator/torrentFile": unknown("taskID"),
}
"""Answered to GET, HEAD and POST."""

WRITES: dict[str, Answer] = {
    "rss/addFeed": conflict(NO_RSS, "url"),
    "rss/addFolder": conflict(NO_RSS, "path"),
    "rss/cloneRule": conflict(NO_RSS, "sourceName", "cloneName"),
    "rss/markAsRead": conflict(NO_RSS, "itemPath"),
    "rss/moveItem": conflict(NO_RSS, "itemPath", "destPath"),
    "rss/refreshItem": conflict(NO_RSS, "itemPath"),
    "rss/removeItem": conflict(NO_RSS, "path"),
    "rss/removeRule": conflict(NO_RSS, "ruleName"),
    "rss/renameRule": conflict(NO_RSS, "ruleName", "newRuleName"),
    "rss/setFeedRefreshInterval": conflict(NO_RSS, "path", "refreshInterval"),
    "rss/setFeedURL": conflict(NO_RSS, "path", "url"),
    "rss/setRule": conflict(NO_RSS, "ruleName", "ruleDef"),
    "search/delete": unknown("id"),
    "search/downloadTorrent": conflict(NO_SEARCH, "torrentUrl", "pluginName"),
    "search/enablePlugin": conflict(NO_SEARCH, "names", "enable"),
    "search/installPlugin": conflict(NO_SEARCH, "sources"),
    "search/start": conflict(NO_SEARCH, "pattern", "category", "plugins"),
    "search/stop": unknown("id"),
    "search/uninstallPlugin": conflict(NO_SEARCH, "names"),
    "search/updatePlugins": conflict(NO_SEARCH),
    "torrentcreator/addTask": conflict(NO_MAKING, "sourcePath"),
    "torrentcreator/deleteTask": unknown("taskID"),
}
"""Answered to POST alone."""
