"""What nobody refers to any more, and who refers to what."""

from __future__ import annotations

from aiohttp import web

from qbitproxy.core.spelling import legible
from qbitproxy.core.torrent import Remote
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.wire_orphans import (
    ArrQuery,
    Forgotten,
    OrphanIds,
    Orphans,
    OrphansQuery,
    ReferenceShown,
    ReferencesQuery,
    Removing,
    SurveyRequest,
    Total,
    shown,
    surveyed,
)
from qbitproxy.web.keys import REFERENCES, ROSTER


async def orphans(request: web.Request, query: OrphansQuery) -> Orphans:
    """A page of orphans with what the last survey says of itself."""
    references = request.app[REFERENCES]
    found = await references.orphans(query.kind, query.after, query.limit)
    return Orphans(
        survey=surveyed(references.last) if references.last is not None else None,
        surveying=references.walked,
        totals={kind: Total(*total) for kind, total in (await references.totals()).items()},
        orphans=[shown(orphan) for orphan in found],
        after=found[-1].number if len(found) == query.limit else 0,
    )


async def survey(request: web.Request, body: SurveyRequest) -> None:
    """Have a survey begin now; it is over once the list shows one that began later."""
    request.app[REFERENCES].want(believe=body.believe)


async def remove(request: web.Request, body: OrphanIds) -> Removing:
    """Have orphans removed that another survey still finds."""
    references = request.app[REFERENCES]
    last = references.last
    if last is not None and last.doubts and not body.despite_doubts:
        raise web.HTTPConflict(text=f"{'; '.join(last.doubts)}. Mend that, or send despiteDoubts")
    numbers = {int(each): each for each in body.ids if each.isdecimal() and each.isascii()}
    asked = await references.ask(list(numbers), despite=body.despite_doubts)
    return Removing(
        asked=[numbers[number] for number in asked],
        left=sorted(set(body.ids) - {numbers[number] for number in asked}),
    )


async def referring(request: web.Request, query: ReferencesQuery) -> list[ReferenceShown]:
    """The files of libraries that play from a remote item."""
    found = await request.app[REFERENCES].referring(Remote(query.provider, query.item), query.limit)
    return [ReferenceShown(arr=one.arr, media_id=one.media_id, path=legible(one.path)) for one in found]


async def forget(request: web.Request, query: ArrQuery) -> Forgotten:
    """Count what an Arr refers to no more, once it is gone for good."""
    if request.app[ROSTER].named(query.arr) is not None:
        raise web.HTTPConflict(text=f"{query.arr} is there: take it out of the settings first")
    return Forgotten(await request.app[REFERENCES].forget_arr(query.arr))


ROUTES = (
    Route(
        method="GET",
        path="/api/orphans",
        handler=orphans,
        scope="read",
        says="[what nobody refers to](orphans.md): `kind`, `limit` of it, `after` an id",
    ),
    Route(
        method="POST",
        path="/api/orphans/survey",
        handler=survey,
        scope="admin",
        says="has every library walked and every account listed now: `believe`",
        status=202,
    ),
    Route(
        method="POST",
        path="/api/orphans/remove",
        handler=remove,
        scope="admin",
        says="removes the orphans of `ids` that another survey still finds: `despiteDoubts`",
        errors=(409,),
    ),
    Route(
        method="GET",
        path="/api/references",
        handler=referring,
        scope="read",
        says="the files of libraries that play from the remote `item` of a `provider`",
    ),
    Route(
        method="DELETE",
        path="/api/references",
        handler=forget,
        scope="admin",
        says="counts what an `arr` that is gone refers to no more",
        errors=(409,),
    ),
)
