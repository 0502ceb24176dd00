"""Torrents handed over to AllDebrid.

Source: docs.alldebrid.com, v4 magnet/upload and magnet/upload/file, August 2025.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from msgspec import Raw

from qbitproxy.core.calls import Http, Upload
from qbitproxy.core.faults import Fault, Reason, Refusal, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.ports import Source
from qbitproxy.providers.alldebrid_faults import NotTaken, complained
from qbitproxy.providers.alldebrid_wire import Answer, Files, Magnets, Uploaded, elements

PAUSES = (timedelta(seconds=2), timedelta(seconds=5))
"""How often, after which waits, we hand over again what was not taken."""

MEMORY = timedelta(hours=1)
"""How long a torrent that was not taken makes us doubt whether any is."""


class Uploads:
    """Hands torrents over to one account; judges those that are not taken."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name
        self._not_taken: dict[str, float] = {}  # infohash -> monotonic seconds; none since one was taken

    async def upload(self, source: Source) -> Uploaded:
        """What was taken: new, or what the account held already. Raises a Fault for what was not."""
        for pause in PAUSES:
            with suppress(NotTaken):
                return await self._taken(source)
            await self._http.clock.sleep(pause)
        try:
            return await self._taken(source)
        except NotTaken as refused:
            raise self._verdict(source, refused) from None

    async def _taken(self, source: Source) -> Uploaded:
        """Hand the torrent over once; its error comes with it, or in place of the whole answer."""
        for uploaded in each(await self._answered(source), Uploaded, lambda _: None):
            if uploaded.infohash.lower() not in ("", source.infohash):
                continue
            if uploaded.error is not None:
                raise complained(self._name, uploaded.error)
            self._not_taken.clear()
            return uploaded
        raise Unreachable(self._name, "odd answer: it does not say what became of the torrent")

    async def _answered(self, source: Source) -> list[Raw]:
        if source.metainfo:
            file = Upload("files[]", f"{source.infohash}.torrent", source.metainfo)
            answer: Answer[Files] = await self._http.call(
                "POST", "v4/magnet/upload/file", Answer[Files], upload=file
            )
            return elements(answer.data.files, "file")
        form = {"magnets[]": source.magnet}
        of_magnet: Answer[Magnets] = await self._http.call(
            "POST", "v4/magnet/upload", Answer[Magnets], form=form
        )
        return elements(of_magnet.data.magnets, "magnet")

    def _verdict(self, source: Source, refused: NotTaken) -> Fault:
        """What it means that the torrent was not taken.

        There is no code for content that is withheld, so a torrent that is turned away again and again
        counts as such; not while others are turned away too, for then it is the service that fails.
        """
        now = self._http.clock.monotonic()
        lately = {one: at for one, at in self._not_taken.items() if now - at < MEMORY.total_seconds()}
        self._not_taken = lately | {source.infohash: now}
        if len(self._not_taken) > 1:
            return refused
        return Refusal(self._name, refused.detail, reason=Reason.FILTERED_BY_PROVIDER)
