"""What the routes of the account promise."""

from __future__ import annotations

from msgspec import Struct

from qbitproxy.web.api import account_routes, token_routes
from qbitproxy.web.api.route import Route


class Message(Struct, frozen=True):
    """What was done, in words."""

    message: str


ROUTES = (
    Route(
        method="GET",
        path="/api/tokens",
        handler=token_routes.tokens,
        scope="admin",
        says="every token with its scope, end and last use, but not what it is made of",
    ),
    Route(
        method="POST",
        path="/api/tokens",
        handler=token_routes.create,
        scope="admin",
        says="makes a token by `name`, `scope`, `expires`, `kind`; it is shown this once",
        status=201,
        errors=(409,),
    ),
    Route(
        method="DELETE",
        path="/api/tokens/{name}",
        handler=token_routes.revoke,
        scope="admin",
        says="revokes a token",
        errors=(404,),
    ),
    Route(
        method="POST",
        path="/api/refresh-token",
        handler=token_routes.refresh_token,
        scope="admin",
        says="the token named `api`, new; the one before it ends",
    ),
    Route(
        method="GET",
        path="/api/sessions",
        handler=account_routes.sessions,
        scope="admin",
        says="every login: where it came from, when it was used",
    ),
    Route(
        method="DELETE",
        path="/api/sessions/{id}",
        handler=account_routes.revoke_session,
        scope="admin",
        says="ends a login",
        errors=(404,),
    ),
    Route(
        method="POST",
        path="/api/update-auth",
        handler=account_routes.update_auth,
        scope="admin",
        says="`username`, `password`, `confirm_password`, with a session `current_password`: ends sessions",
        body=account_routes.NewCredentials,
        content=Message,
    ),
)
