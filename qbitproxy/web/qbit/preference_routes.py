"""The preferences, read and set."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from aiohttp import web

from qbitproxy.core.speed import CHOSEN, CHOSEN_AT
from qbitproxy.library import Library
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.web.keys import ACCOUNTS, CALLER, CLOCK, LIBRARY, SETTINGS
from qbitproxy.web.qbit.access import no_arr, only_people
from qbitproxy.web.qbit.answers import as_json, plain
from qbitproxy.web.qbit.bounds import short
from qbitproxy.web.qbit.forms import Form
from qbitproxy.web.qbit.places import make_folder
from qbitproxy.web.qbit.preferences import preferences as all_preferences
from qbitproxy.web.qbit.preferences import settled
from qbitproxy.web.qbit.profile import profile_of

LONGEST_DOCUMENT = 1 << 20  # characters
SHORTEST_NAME, SHORTEST_PASSWORD, LONGEST_CREDENTIAL = 3, 6, 1024

log = structlog.get_logger()


async def preferences(request: web.Request, _: Form) -> web.Response:
    """app/preferences; who the account is, is told to people alone."""
    library, accounts = request.app[LIBRARY], request.app[ACCOUNTS]
    return as_json(
        all_preferences(
            request.app[SETTINGS],
            library.preferences,
            profile_of(request),
            save_path=library.save_path(""),
            username="" if request[CALLER].arr else accounts.username,
        )
    )


async def set_preferences(request: web.Request, form: Form) -> web.Response:
    """app/setPreferences: not for an Arr, because they are everybody's.

    What is unknown, broken or not for clients to decide is ignored. Raises HTTPBadRequest for credentials
    that are too short, as from 5.2 on.
    """
    no_arr(request)
    form.need("json")
    library, wishes = request.app[LIBRARY], _wishes(form.text("json"))
    await _change_account(request, wishes)
    changes = settled(wishes, request.app[SETTINGS], library.preferences)
    chosen = wishes.get(CHOSEN)
    if isinstance(chosen, bool):  # no preference of the original, but some clients write it among them
        changes |= {CHOSEN: chosen, CHOSEN_AT: request.app[CLOCK].now().isoformat()}
    if changes:
        await library.prefer(changes)
    if "save_path" in changes:
        await asyncio.to_thread(_make_folders, library, request.app[SETTINGS].files)
    return plain()


def _wishes(text: str) -> Mapping[str, Any]:
    """The JSON object, empty when it is none. Raises HTTPBadRequest for one that is too long."""
    short(text, LONGEST_DOCUMENT, "preferences")
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def _change_account(request: web.Request, wishes: Mapping[str, Any]) -> None:
    """Change the name or the password of the account where they are other ones; every session ends then."""
    accounts = request.app[ACCOUNTS]
    given = [wishes.get(f"web_ui_{what}") for what in ("username", "password")]
    username, password = (value if isinstance(value, str) else "" for value in given)
    if username in ("", accounts.username) and not password:
        return
    only_people(request)
    name = username or accounts.username
    _check(name, password)
    if password:
        await accounts.change_password(name, password)
    else:
        await accounts.rename(name)


def _check(name: str, password: str) -> None:
    """Source: qBittorrent 5.3.0, AppController::setPreferencesAction; a colon ends the name in HTTP Basic."""
    if len(name) < SHORTEST_NAME:
        raise web.HTTPBadRequest(text=f"WebUI username must be at least {SHORTEST_NAME} characters long")
    if ":" in name or not name.isprintable() or name != name.strip() or len(name) > LONGEST_CREDENTIAL:
        raise web.HTTPBadRequest(text="WebUI username must not hold a colon, nor what cannot be printed")
    if password and len(password) < SHORTEST_PASSWORD:
        raise web.HTTPBadRequest(text=f"WebUI password must be at least {SHORTEST_PASSWORD} characters long")
    if len(password) > LONGEST_CREDENTIAL:
        raise web.HTTPBadRequest(text=f"WebUI password must be at most {LONGEST_CREDENTIAL} characters long")


def _make_folders(library: Library, files: FilesSettings) -> None:
    """Make the folders that an Arr looks for; one that cannot be made is told when it is needed."""
    for category in ("", *library.categories):
        try:
            make_folder(library.save_path(category), files)
        except (OSError, LookupError) as failure:
            log.warning("folder_missing", category=category, detail=str(failure))
