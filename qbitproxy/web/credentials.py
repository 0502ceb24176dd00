"""What somebody may choose to log in with."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

Short = Annotated[str, Meta(max_length=1024)]
SHORTEST = 6
"""Characters of a password. Source: qBittorrent 4.6.7, gui/optionsdialog.cpp."""


def refuse_odd(username: str, password: str, again: str) -> None:
    """Raise HTTPBadRequest for what nobody can have meant to log in with."""
    if not username.strip() or not username.isprintable():
        raise web.HTTPBadRequest(text="Username is required")
    if not password:
        raise web.HTTPBadRequest(text="Password is required")
    if password != again:
        raise web.HTTPBadRequest(text="Passwords do not match")
    if len(password) < SHORTEST:
        raise web.HTTPBadRequest(text=f"Password needs {SHORTEST} characters or more")
