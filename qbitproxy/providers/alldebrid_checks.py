"""AllDebrid's word on whether it could serve files.

Source: docs.alldebrid.com, v4 link/infos, magnet/files, August 2025. Links outlive the magnet they came with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from qbitproxy.core.calls import Http, Purpose
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.verdict import Word
from qbitproxy.providers.alldebrid_faults import MISSING, Complaint
from qbitproxy.providers.alldebrid_wire import Answer, Elements, Magnets, Tree, elements, files_of

MOST_CHECKED = 50  # links in one call; no bound is published
MOST_FOUND = 20  # torrents in one call; no bound is published, either
GONE = frozenset({"LINK_DOWN", "MAGNET_LINKS_REMOVED"})


class Checked(Struct, frozen=True):
    """What is said of one link; with an error there is nothing else."""

    link: str
    error: Complaint | None = None

    @property
    def word(self) -> Word:
        """A code that may be about our asking, or about today, is no answer."""
        if self.error is None:
            return Word.ALIVE
        code = str(self.error.code)
        return Word.DEAD if code in GONE else Word.DOUBTED if code in MISSING else Word.UNSURE


class Infos(Struct, frozen=True):
    infos: Elements


async def check(http: Http, name: str, links: Sequence[str]) -> Mapping[str, Word]:
    """What the service says of each link. Raises Unreachable when it leaves some out."""
    form = [("link[]", link) for link in links]
    answer: Answer[Infos] = await http.call(
        "POST", "v4/link/infos", Answer[Infos], form=form, purpose=Purpose.REPAIR
    )
    checked = each(elements(answer.data.infos, "link"), Checked, lambda _: None)
    words = {one.link: one.word for one in checked}
    if not words.keys() >= set(links):
        raise Unreachable(name, f"it answers for {len(words)} of {len(links)} links")
    return words


async def find(http: Http, name: str, ids: Sequence[str]) -> Mapping[str, str]:
    """A link of the largest file of each torrent, of those that have a link for every file."""
    form = [("id[]", item) for item in ids]
    answer: Answer[Magnets] = await http.call(
        "POST", "v4/magnet/files", Answer[Magnets], form=form, purpose=Purpose.REPAIR
    )
    trees = each(elements(answer.data.magnets, "id"), Tree, lambda _: None)
    found = {str(tree.id): files_of(tree.files, "", lambda _: None) for tree in trees}
    return {item: max(files, key=lambda file: file.size).link for item, files in found.items() if files}
