"""A strict TorBox: one account, arranged by tests or from the command line.

python -m compat.emulators.torbox --port 8300 --knows sintel --knows Big.Buck.Bunny.mkv:5000000
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from compat.content import Release
from compat.emulators.bench import Fault
from compat.emulators.course import Handles
from compat.emulators.service_cli import parser_for, serve
from compat.emulators.sources import metadata_of
from compat.emulators.torbox_api import TOKEN, Api, Verdict
from compat.emulators.torbox_items import CACHED, Item, Known, Profile, Queued, Step
from compat.emulators.torbox_torrents import PLANS, Torrents, Wanted
from compat.emulators.torbox_wire import RateLimit, Refused


class TorBox(Api, Handles[Item]):
    """`async with TorBox() as tb:` serves `tb.url` for `tb.token`.

    "immediate": cached content is present as soon as it is added; anything else takes one step of its
    course each time it is looked at. "manual": nothing moves but by `advance`. "timed": courses go by the
    clock, one of their seconds taking `pace` seconds.
    """

    @property
    def course(self) -> Torrents:
        return self.torrents

    @property
    def slots(self) -> int:
        """Torrents that are worked on at once."""
        return self.torrents.slots

    def knows(
        self,
        release: Release,
        *,
        cached: bool = True,
        profile: Profile | None = None,
        shown_name: str = "",
        file_ids: Sequence[int] = (),
        infected: Collection[str] = (),
        zipped: bool = False,
        rootless: bool = True,
    ) -> None:
        """Make a release one whose metadata can be found, whose bytes can be served.

        `profile` says how it goes instead of "cached" or "uncached"; `shown_name` what the list calls it;
        `file_ids` numbers its files other than from 0 on; `infected` are paths of files that are withheld;
        `zipped` ones were packed; not `rootless`, a single file is listed in a folder of its name. Counts
        for torrents added from now on.
        """
        known = Known(
            release,
            profile or ("cached" if cached else "uncached"),
            shown_name,
            file_ids,
            frozenset(infected),
            zipped,
            rootless,
        )
        self.torrents.learn(known)
        self.stock.forget(release.infohash)

    def queue(self) -> list[Queued]:
        """Return what waits for a slot, oldest first."""
        self.torrents.pass_time()
        return list(self.torrents.queue)

    def starts(self, infohash: str) -> Item:
        """Let the service start what waits, as its sweep does when there is a slot."""
        [queued] = [queued for queued in self.torrents.queue if queued.infohash == infohash]
        return self.torrents.start(queued)

    def advance(self, infohash: str, step: Step | None = None) -> Item:
        """Move the torrent of that hash to a step, by default to the next one of its course."""
        item = self.torrents.of(infohash)
        self.torrents.advance(item, step)
        return item

    def added_elsewhere(self, release: Release, *, downloaded: bool = True) -> Item:
        """Let another program of the same user add a known release, which may be there already."""
        made = self.torrents.create(Wanted(release.infohash, release.name, metadata=metadata_of(release)))
        item = self.torrents.start(made) if isinstance(made, Queued) else made
        if downloaded and not item.present:
            self.torrents.advance(item, CACHED)
        return item

    def loses(self, infohash: str) -> None:
        """Drop the content of that hash, as after a month unused; the torrent stays listed."""
        self.torrents.evict(self.torrents.of(infohash))

    def refuses(
        self,
        infohash: str,
        code: str = "NOT_ALLOWED",
        *,
        status: int | None = None,
        at: Literal["add", "link", "both"] = "both",
    ) -> None:
        """Answer adding that torrent, asking for its links or both with one of the service's errors."""
        moments = frozenset(("add", "link") if at == "both" else (at,))
        self.verdicts[infohash] = Verdict(Refused(code, status=status), moments)

    def fails(
        self,
        route: str,
        code: str,
        detail: str = "",
        *,
        status: int | None = None,
        data: object = None,
        error: object = ...,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        after: int = 0,
        infohash: str | None = None,
    ) -> Fault:
        """Arrange a fault that is one of the service's errors: see `fault`, `Refused`."""
        refused = Refused(code, detail, status=status, data=data, error=error)
        return self.fault(
            route,
            status=refused.status,
            body=refused.body,
            headers=headers,
            times=times,
            after=after,
            infohash=infohash,
        )

    def denies(self, code: str | None, *, status: int | None = None) -> None:
        """Answer every call that needs a key with an error; None: no longer."""
        self.denied = None if code is None else Refused(code, status=status)

    def lapses(self) -> None:
        """Let the plan run out: adding, asking for links are features it does not have."""
        self.user.premium_until = self.clock.now() - 1

    def rotates_key(self, token: str) -> None:
        """Give the account another key, as a warning for over-use does."""
        self.token = token

    def expire_links(self) -> None:
        """Let every address handed out so far be dead; asking again makes new ones."""
        self.links.expire()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one account on the command line's terms."""
    parser = parser_for("compat.emulators.torbox", TOKEN)
    parser.add_argument("--plan", type=int, choices=sorted(PLANS), default=2)
    serve(
        parser,
        arguments,
        lambda options, usual: TorBox(
            **usual,
            plan=options.plan,
            rate_limit=RateLimit() if options.rate_limited else None,
        ),
    )


if __name__ == "__main__":
    main()
