"""The shapes of what nobody refers to, and of who refers to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from qbitproxy.core.orphans import Kind, Orphan, Survey
from qbitproxy.core.spelling import legible

Id = Annotated[str, Meta(max_length=16)]


class SurveyShown(Struct, frozen=True, kw_only=True):
    """What the last look at who refers to what came to."""

    began_at: datetime
    ended_at: datetime
    files: int  # of libraries
    doubts: Sequence[str]  # why it may have missed somebody who refers to something


class Total(Struct, frozen=True):
    """How many there are."""

    count: int
    size: int  # bytes


class OrphanShown(Struct, frozen=True, kw_only=True):
    """One thing that nobody refers to."""

    id: str
    kind: Kind
    provider: str
    name: str
    key: str  # the id of an item, the path of the others
    size: int  # bytes
    added_at: datetime | None
    found_at: datetime
    ours: bool
    removable: bool
    why_not: str
    asked_at: datetime | None
    outcome: str  # what came of a wish to remove it so far


class Orphans(Struct, frozen=True, kw_only=True):
    """What nobody refers to, a page at a time."""

    survey: SurveyShown | None  # None before the first
    surveying: int | None  # files that the one under way has come by, None between surveys
    totals: Mapping[Kind, Total]
    orphans: Sequence[OrphanShown]
    after: int  # for the next page, 0 at the end


class OrphansQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of them."""

    kind: Kind | None = None
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class SurveyRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """How to survey."""

    believe: bool = False  # a library that lost much since the last time


class OrphanIds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Which orphans are to go."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=1000)]
    despite_doubts: bool = False


class Removing(Struct, frozen=True, kw_only=True):
    """What is about to go."""

    asked: Sequence[str]  # ids; they go once another survey finds them
    left: Sequence[str]  # ids that there are none of, or that are not ours to remove


class ReferencesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which remote item."""

    provider: Annotated[str, Meta(min_length=1, max_length=2048)]
    item: Annotated[str, Meta(min_length=1, max_length=2048)]
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class ReferenceShown(Struct, frozen=True, kw_only=True):
    """One file of a library that plays from the item."""

    arr: str  # "" for a folder that belongs to none
    media_id: int  # 0 for a file that the Arr does not list
    path: str


class ArrQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which Arr."""

    arr: Annotated[str, Meta(min_length=1, max_length=2048)]


class Forgotten(Struct, frozen=True):
    """What is not counted any more."""

    files: int


def surveyed(survey: Survey) -> SurveyShown:
    """What a survey came to."""
    return SurveyShown(
        began_at=survey.began_at, ended_at=survey.ended_at, files=survey.files, doubts=survey.doubts
    )


def shown(orphan: Orphan) -> OrphanShown:
    """One orphan."""
    return OrphanShown(
        id=str(orphan.number),
        kind=orphan.kind,
        provider=orphan.provider,
        name=orphan.name,
        key=legible(orphan.key),
        size=orphan.size,
        added_at=orphan.added_at,
        found_at=orphan.found_at,
        ours=orphan.ours,
        removable=not orphan.why_not,
        why_not=orphan.why_not,
        asked_at=orphan.asked_at,
        outcome=orphan.outcome,
    )
