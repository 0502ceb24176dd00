"""What the routes of the account promise."""

from __future__ import annotations

from msgspec import Struct

from qbitproxy.web.api import account_routes
from qbitproxy.web.api.route import Route


class NewToken(Struct, frozen=True, kw_only=True):
    """A token, shown this once, under every spelling of its name."""

    token: str
    api_token: str
    message: str


class Message(Struct, frozen=True):
    """What was done, in words."""

    message: str


ROUTES = (
    Route(
        method="POST",
        path="/api/refresh-token",
        handler=account_routes.refresh_token,
        scope="admin",
        says="a new API token; the one before it ends",
        content=NewToken,
    ),
    Route(
        method="POST",
        path="/api/update-auth",
        handler=account_routes.update_auth,
        scope="admin",
        says="`username`, `password`, `confirm_password`: ends every session",
        body=account_routes.NewCredentials,
        content=Message,
    ),
)
