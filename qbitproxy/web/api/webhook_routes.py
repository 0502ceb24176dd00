"""Webhooks: the key they are signed with, what became of each, dead ones sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from qbitproxy.outbox import Delivery, State
from qbitproxy.web.answers import answer
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

    state: State | None = None
    before: Annotated[int, Meta(ge=0, le=NEWEST)] = NEWEST
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


def add_routes(app: web.Application) -> None:
    """Mount everything below `/api/webhooks`."""
    app.router.add_get("/api/webhooks", webhooks)
    app.router.add_get("/api/webhooks/deliveries", deliveries)
    app.router.add_post("/api/webhooks/deliveries/replay", replay_all)
    app.router.add_post("/api/webhooks/deliveries/{id:[0-9]{1,18}}/replay", replay)


async def webhooks(request: web.Request) -> web.Response:
    """The signing key with how many deliveries are in each state."""
    counts = await request.app[OUTBOX].counts()
    return answer(
        Webhooks(
            signing_key=request.app[SIGNING_KEY].reveal(),
            waiting=counts[State.WAITING],
            delivered=counts[State.DELIVERED],
            dead=counts[State.DEAD],
        )
    )


async def deliveries(request: web.Request) -> web.Response:
    """The deliveries, the newest first, page by page."""
    asked = msgspec.convert(dict(request.query), Asked, strict=False)
    found = await request.app[OUTBOX].listed(asked.state, asked.before, asked.limit)
    older = found[-1].id if len(found) == asked.limit else None
    return answer(Page(deliveries=[_shape(each) for each in found], before=older))


async def replay(request: web.Request) -> web.Response:
    """Send one dead delivery again."""
    number = int(request.match_info["id"])
    if not await request.app[OUTBOX].replay(request.app[CLOCK].now(), number):
        raise web.HTTPNotFound(text=f"there is no dead delivery {number}")
    return answer({"replayed": 1})


async def replay_all(request: web.Request) -> web.Response:
    """Send every dead delivery again."""
    return answer({"replayed": await request.app[OUTBOX].replay(request.app[CLOCK].now())})


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
