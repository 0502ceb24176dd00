"""AllDebrid's live mode: a listing that tells only what has changed since it was last asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compat.emulators.alldebrid_items import Item

Shown = Mapping[int, Mapping[str, object]]  # id -> fields


@dataclass
class Session:
    """What a client has been told, with the number it is to send next."""

    counter: int
    told: Shown


class Live:
    """Sessions by the number that clients choose."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def answer(self, session: str, counter: str, items: list[Item]) -> dict[str, object]:
        """Everything to a client that is out of step, to others the fields that have changed."""
        now: Shown = {item.id: item.summary() for item in items}
        known = self._sessions.get(session)
        if known is None or counter in ("", "0") or counter != str(known.counter):
            self._sessions[session] = Session(1, now)
            return {"magnets": list(now.values()), "counter": 1, "fullsync": True}
        changes: list[Mapping[str, object]] = []
        for id_, fields in now.items():
            before = known.told.get(id_, {})
            changed = {name: value for name, value in fields.items() if before.get(name) != value}
            if changed:
                changes.append({"id": id_, **changed})
        changes += [{"id": id_, "deleted": True} for id_ in known.told if id_ not in now]
        self._sessions[session] = Session(known.counter + 1, now)
        return {"magnets": changes, "counter": known.counter + 1, "fullsync": False}
