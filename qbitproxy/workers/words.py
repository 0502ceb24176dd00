"""What services say of single files, asked for as seldom as will do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from msgspec import Struct

from qbitproxy.core.faults import Busy, Fault, Missing, Refusal
from qbitproxy.core.inventory import Held
from qbitproxy.core.records import Records, file_at
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import Remote, RemoteFile
from qbitproxy.core.trail import Trail
from qbitproxy.core.verdict import Word
from qbitproxy.files.sips import Sipped, Sips
from qbitproxy.workers.hands import Hands, LinkInquiry

T = TypeVar("T")

EVERYTHING = ContentRules(extensions=frozenset(), skip_samples=False)
QUIET = 60.0  # seconds for which a service that gave no answer is not asked, where it does not say

GAP = timedelta(seconds=2)
"""Between two files of a service that are read: its download servers block who reads many."""

_NO_SUCH_FILE = Sipped(Word.UNSURE, "the item has no such file")


class Question(Struct, frozen=True):
    """A file whose item is held."""

    held: Held
    remote: Remote
    size: int  # bytes, as the Arr knows it
    trail: Trail

    @property
    def path(self) -> str:
        """What a mount calls it; it ends in the file's own path."""
        return "/".join(self.trail.parts)


class Words:
    """Asks the accounts of one run."""

    def __init__(self, hands: Hands, sips: Sips, records: Records) -> None:
        self._hands, self._sips, self._records = hands, sips, records
        self._alive: set[Remote] = set()  # items of which some file is served
        self._contents: dict[Remote, tuple[RemoteFile, ...] | Sipped] = {}  # or why there are none
        self._checked: dict[str, Word] = {}  # by link
        self._sipped: dict[tuple[Remote, str], Sipped] = {}  # by item, id of the file
        self._next_sip: dict[str, float] = {}  # provider -> monotonic seconds
        self._quiet: dict[str, tuple[float, str]] = {}  # provider -> until (monotonic), why

    async def about(self, questions: Mapping[int, Question], *, per_file: bool) -> dict[int, Sipped]:
        """The word on each file that has to be asked about; those whose list tells are left out.

        Unless `per_file`, one file is asked about for its whole item: where that is served, all are.
        """
        self._contents.clear()
        self._checked.clear()
        self._sipped.clear()
        said: dict[int, Sipped] = {}
        by_provider: dict[str, dict[int, Question]] = {}
        for number, question in questions.items():
            by_provider.setdefault(question.remote.provider, {})[number] = question
        for provider, theirs in by_provider.items():
            hand = self._hands.providers[provider]
            if hand.lists_losses or hand.local:
                continue
            if not per_file:
                await self._ask_of_items(provider, theirs)
                said |= {
                    number: Sipped(Word.ALIVE) for number, q in theirs.items() if q.remote in self._alive
                }
            left = {number: question for number, question in theirs.items() if number not in said}
            said |= await self._ask_of_files(provider, left)
        return said

    async def item(self, remote: Remote) -> Sipped:
        """The word on an item that a list lacks, or calls failed: asked for by itself it may be there."""
        contents = await self._contents_of(remote)
        return contents if isinstance(contents, Sipped) else Sipped(Word.ALIVE, "its item is there")

    async def _ask_of_items(self, provider: str, questions: Mapping[int, Question]) -> None:
        """Ask about one file of each item, where a check can be made for it."""
        first = {q.remote: q for q in questions.values() if q.remote not in self._alive}
        inquiry = self._hands.providers[provider].links
        if inquiry is None:
            for remote, question in first.items():
                if (await self._sip(question)).word is Word.ALIVE:
                    self._alive.add(remote)
            return
        links = await self._links(provider, inquiry, first)
        words = await self._check(provider, inquiry, list(links.values()))
        self._alive.update(remote for remote, link in links.items() if words.get(link) is Word.ALIVE)

    async def _ask_of_files(self, provider: str, questions: Mapping[int, Question]) -> dict[int, Sipped]:
        """Ask about each file; a no to a mere check is asked for once more, by reading."""
        inquiry = self._hands.providers[provider].links
        if inquiry is None:
            return {number: await self._sip(question) for number, question in questions.items()}
        files = {number: await self.file(question) for number, question in questions.items()}
        links = [file.link for file in files.values() if isinstance(file, RemoteFile)]
        words = await self._check(provider, inquiry, links)
        said: dict[int, Sipped] = {}
        for number, file in files.items():
            if isinstance(file, Sipped):
                said[number] = file
            elif words.get(file.link) in (Word.DEAD, Word.DOUBTED):
                said[number] = _sterner(Sipped(words[file.link]), await self._sip(questions[number]))
            else:
                word = words.get(file.link, Word.UNSURE)
                said[number] = self._unsure(provider) if word is Word.UNSURE else Sipped(word)
        return said

    async def _check(self, provider: str, inquiry: LinkInquiry, links: Collection[str]) -> Mapping[str, Word]:
        """The service's word on the links; those that it did not speak of are left out."""
        unasked = [link for link in dict.fromkeys(links) if link not in self._checked]
        for batch in _batches(unasked, inquiry.most):
            if self._is_quiet(provider):
                break
            try:
                self._checked |= await inquiry.ask(batch)
            except Fault as fault:
                self._fell_silent(provider, fault)
        return self._checked

    async def _sip(self, question: Question) -> Sipped:
        file, remote = await self.file(question), question.remote
        if isinstance(file, Sipped):
            return file
        if (remote, file.id) not in self._sipped:
            if self._is_quiet(remote.provider):
                return self._unsure(remote.provider)
            self._sipped[remote, file.id] = await self._read(question, file)
        return self._sipped[remote, file.id]

    async def _read(self, question: Question, file: RemoteFile) -> Sipped:
        """Read a file; before one that our torrent knew is dead, it is read as the service knows it now."""
        provider = question.remote.provider
        link = self._hands.providers[provider].behind.link
        await self._turn(provider)
        sipped = await self._sips.sip(file, link)
        if sipped.word is Word.DEAD:
            now = await self._file_now(question)
            if isinstance(now, RemoteFile) and now.link != file.link:
                await self._turn(provider)
                return await self._sips.sip(now, link)
        return sipped

    async def _turn(self, provider: str) -> None:
        """Wait until one more file of the provider may be read."""
        clock = self._hands.clock
        at = max(self._next_sip.get(provider, 0.0), clock.monotonic())
        self._next_sip[provider] = at + GAP.total_seconds()
        if at > clock.monotonic():
            await clock.sleep(timedelta(seconds=at - clock.monotonic()))

    async def _links(
        self, provider: str, inquiry: LinkInquiry, questions: Mapping[Remote, Question]
    ) -> Mapping[Remote, str]:
        """A link of some file of each item; those of which none is to be had are left out."""
        links = {remote: self._known_link(question) for remote, question in questions.items()}
        unknown = [remote for remote, link in links.items() if not link]
        if inquiry.find is None:
            for remote in unknown:
                file = await self.file(questions[remote])
                links[remote] = file.link if isinstance(file, RemoteFile) else ""
        else:
            for batch in _batches(unknown, inquiry.most_found):
                if self._is_quiet(provider):
                    break
                try:
                    found = await inquiry.find([remote.id for remote in batch])
                except Fault as fault:
                    self._fell_silent(provider, fault)
                else:
                    links |= {remote: found.get(remote.id, "") for remote in batch}
        return {remote: link for remote, link in links.items() if link}

    def _known_link(self, question: Question) -> str:
        known = self._records.files(question.remote)
        return known[0].link if known else question.held.link

    async def file(self, question: Question) -> RemoteFile | Sipped:
        """The file as the provider knows it, or why it is not to be had."""
        known = file_at(self._records.files(question.remote), question.path, question.size)
        return known if known is not None else await self._file_now(question)

    async def _file_now(self, question: Question) -> RemoteFile | Sipped:
        contents = await self._contents_of(question.remote)
        if isinstance(contents, Sipped):
            return contents
        return file_at(contents, question.path, question.size) or _NO_SUCH_FILE

    async def _contents_of(self, remote: Remote) -> tuple[RemoteFile, ...] | Sipped:
        if remote not in self._contents:
            self._contents[remote] = await self._ask_contents(remote)
        return self._contents[remote]

    async def _ask_contents(self, remote: Remote) -> tuple[RemoteFile, ...] | Sipped:
        hand = self._hands.providers[remote.provider]
        if self._is_quiet(remote.provider):
            return self._unsure(remote.provider)
        try:
            item = await hand.behind.contents(remote.id, EVERYTHING)
        except Missing as missing:
            return Sipped(Word.DEAD, missing.detail)
        except Fault as fault:
            if not isinstance(fault, Busy):  # the item's own: its links settle
                self._fell_silent(remote.provider, fault)
            return Sipped(Word.UNSURE, fault.detail)
        return item.files or ()

    def _fell_silent(self, provider: str, fault: Fault) -> None:
        """Ask nothing more for a while, unless the fault is that of one thing that was asked for."""
        if not isinstance(fault, Refusal):
            until = self._hands.clock.monotonic() + (fault.retry_after or QUIET)
            self._quiet[provider] = until, fault.detail

    def _is_quiet(self, provider: str) -> bool:
        until, _ = self._quiet.get(provider, (0.0, ""))
        return self._hands.clock.monotonic() < until

    def _unsure(self, provider: str) -> Sipped:
        _, why = self._quiet.get(provider, (0.0, "it has no word on the file"))
        return Sipped(Word.UNSURE, why)


def _sterner(checked: Sipped, read: Sipped) -> Sipped:
    """What reading has shown; a check's own no only where reading shows nothing."""
    return read if read.word is not Word.UNSURE else Sipped(checked.word, read.detail)


def _batches(things: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), most):
        yield things[start : start + most]
