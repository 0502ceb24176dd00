"""Real-Debrid's word on whether it could serve a file.

Source: api.real-debrid.com, REST 1.0 documentation, unrestrict/check, read 2026; decypharr #155, 2025: it has
answered 404 for files that could be fetched all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qbitproxy.core.calls import Http, Purpose
from qbitproxy.core.faults import Missing
from qbitproxy.core.verdict import Word
from qbitproxy.providers.realdebrid_wire import Checked, short_link


async def check(http: Http, name: str, links: Sequence[str]) -> Mapping[str, Word]:
    """What the service says of each link, asked for one by one. Its no is not to be relied on."""
    words: dict[str, Word] = {}
    for link in links:
        form = {"link": short_link(link)}
        try:
            await http.call("POST", "unrestrict/check", Checked, form=form, purpose=Purpose.REPAIR)
        except Missing:
            words[link] = Word.DOUBTED
        else:
            words[link] = Word.ALIVE
    return words
