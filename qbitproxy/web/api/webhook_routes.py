"""Webhooks: the key they are signed with, what became of each, dead ones sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from qbitproxy.outbox import Delivery, State
from qbitproxy.web.api.route import Route
from qbitproxy.web.keys import CLOCK, OUTBOX, SIGNING_KEY

NEWEST = 2**63 - 1


class Webhooks(Struct, frozen=True, kw_only=True):
    """How webhooks stand."""

    signing_key: str  # as Standard Webhooks libraries take it
    waiting: int
    delivered: int
    dead: int


class DeliveryShape(Struct, frozen=True, kw_only=True):
    """One delivery; its URL may hold a secret, so only the receiver is shown."""

    id: int
    event_id: str  # the webhook-id header
    type: str
    receiver: str
    torrent: str  # id, "" when it is not about one
    state: State
    attempts: int
    outcome: str  # of the last try
    created: datetime
    tried: datetime | None
    due: datetime | None  # None: settled


class Page(Struct, frozen=True, kw_only=True):
    """Some deliveries, the newest first."""

    deliveries: list[DeliveryShape]
    before: int | None  # what to ask for next; None: there are no older ones


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list."""

    state: State | UnsetType = UNSET
    before: Annotated[int, Meta(ge=0, le=NEWEST)] = NEWEST
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Replayed(Struct, frozen=True):
    """How many deliveries are sent again."""

    replayed: int


async def webhooks(request: web.Request) -> Webhooks:
    """The signing key with how many deliveries are in each state."""
    counts = await request.app[OUTBOX].counts()
    return Webhooks(
        signing_key=request.app[SIGNING_KEY].reveal(),
        waiting=counts[State.WAITING],
        delivered=counts[State.DELIVERED],
        dead=counts[State.DEAD],
    )


async def deliveries(request: web.Request, query: Asked) -> Page:
    """The deliveries, the newest first, page by page."""
    found = await request.app[OUTBOX].listed(query.state or None, query.before, query.limit)
    older = found[-1].id if len(found) == query.limit else None
    return Page(deliveries=[_shape(each) for each in found], before=older)


async def replay(request: web.Request) -> Replayed:
    """Send one dead delivery again."""
    number = int(request.match_info["id"])
    if not await request.app[OUTBOX].replay(request.app[CLOCK].now(), number):
        raise web.HTTPNotFound(text=f"there is no dead delivery {number}")
    return Replayed(1)


async def replay_all(request: web.Request) -> Replayed:
    """Send every dead delivery again."""
    return Replayed(await request.app[OUTBOX].replay(request.app[CLOCK].now()))


def _shape(delivery: Delivery) -> DeliveryShape:
    return DeliveryShape(
        id=delivery.id,
        event_id=delivery.event_id,
        type=delivery.kind,
        receiver=delivery.receiver,
        torrent=str(delivery.torrent or ""),
        state=delivery.state,
        attempts=delivery.attempts,
        outcome=delivery.outcome,
        created=delivery.created,
        tried=delivery.tried,
        due=delivery.due,
    )


ROUTES = (
    Route(
        method="GET",
        path="/api/webhooks",
        handler=webhooks,
        scope="admin",
        says="`signing_key`, how many are `waiting`, `delivered`, `dead`",
    ),
    Route(
        method="GET",
        path="/api/webhooks/deliveries",
        handler=deliveries,
        scope="read",
        says="`deliveries`, the newest first, of one `state` if you like; `before` for the next page",
    ),
    Route(
        method="POST",
        path="/api/webhooks/deliveries/replay",
        handler=replay_all,
        scope="admin",
        says="sends every dead one again",
    ),
    Route(
        method="POST",
        path="/api/webhooks/deliveries/{id}/replay",
        handler=replay,
        scope="admin",
        says="sends a dead one again",
        errors=(404,),
        patterns={"id": "[0-9]{1,18}"},
    ),
)
