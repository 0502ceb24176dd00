"""A strict Debrid-Link: one account, arranged by tests or from the command line.

python -m compat.emulators.debridlink --port 8300 --knows sintel --knows Big.Buck.Bunny.mkv:5000000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compat.content import Release
from compat.emulators.bench import Fault
from compat.emulators.course import Handles
from compat.emulators.debridlink_api import TOKEN, Api
from compat.emulators.debridlink_items import COURSES, FINISHED, WORDS, Item, Profile, Step
from compat.emulators.debridlink_torrents import Torrents, Wish
from compat.emulators.debridlink_wire import FloodGuard, Refused
from compat.emulators.service_cli import parser_for, serve
from compat.emulators.sources import metadata_of


class DebridLink(Api, Handles[Item]):
    """`async with DebridLink() as dl:` serves `dl.url` for `dl.token`.

    "immediate": cached content is complete as soon as it is added; anything else takes one step of its
    course each time it is looked at. "manual": nothing moves but by `advance`. "timed": courses go by the
    clock, one of their seconds taking `pace` seconds.
    """

    @property
    def course(self) -> Torrents:
        return self.torrents

    def knows(
        self,
        release: Release,
        *,
        cached: bool = True,
        profile: Profile | None = None,
        only_zip: bool = False,
    ) -> None:
        """Make a release one whose metadata can be found, whose bytes can be served.

        `profile` says how it goes instead of "cached" or "uncached"; with `only_zip` an archive is all
        that is ever shown of its files. Counts for torrents added from now on.
        """
        usual: Profile = "cached" if cached else "uncached"
        self.torrents.learn(release, profile or usual, only_zip=only_zip)

    def advance(
        self,
        infohash: str,
        to: str | int = "",
        *,
        progress: float = 0,
        seeders: int = 0,
        speed: int = 0,
        error: str = "",
        linked: bool = True,
        informed: bool = True,
    ) -> Item:
        """Move the torrent of that hash to a status (word or number), by default to its course's next step.

        `linked` says whether its files have addresses once it is complete, `informed` whether there is
        metadata.
        """
        item = self.torrents.of(infohash)
        if to == "":
            self.torrents.advance(item, None)
            return item
        status = WORDS[to] if isinstance(to, str) else to
        percent = 100 if status == FINISHED else progress
        said = error or ("No data found" if to == "error" else "")
        speed = speed or seeders << 20
        self.torrents.advance(item, Step(0, status, percent, seeders, speed, said, linked, informed))
        return item

    def added_elsewhere(self, release: Release, *, downloaded: bool = True) -> Item:
        """Let another program of the same user add a known release, which may be there already."""
        item = self.torrents.add(Wish(release.infohash, release.name, metadata_of(release)))
        if downloaded:
            self.torrents.advance(item, COURSES["cached"][0])
        return item

    def loses(self, infohash: str) -> None:
        """Leave the torrent of that hash listed with nothing behind its addresses; adding it again helps."""
        for item in self.torrents.held:
            item.lost = item.lost or item.infohash == infohash

    def refuses(self, infohash: str, code: str = "infringingFile", *, status: int | None = None) -> None:
        """Answer adding that torrent with one of the service's errors."""
        self.verdicts[infohash] = Refused(code, status=status)

    def fails(
        self,
        route: str,
        code: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        after: int = 0,
        infohash: str | None = None,
    ) -> Fault:
        """Arrange a fault that is one of the service's errors, under any HTTP status: see `fault`."""
        refused = Refused(code, status=status)
        return self.fault(
            route,
            status=refused.status,
            body=refused.body,
            headers=headers,
            times=times,
            after=after,
            infohash=infohash,
        )

    def floods(self, route: str, *, status: int = 429) -> None:
        """Lock one route ("GET /seedbox/list") for an hour, the others not."""
        self.flood_guard = self.flood_guard or FloodGuard(per_minute=1 << 30, per_second=1 << 30)
        self.flood_guard.status = status
        self.flood_guard.lock(route, self.clock.now())

    def denies(self, code: str | None) -> None:
        """Answer every call that needs a token with an error ("accountLocked", ...); None: no longer."""
        self.denied = None if code is None else Refused(code)

    def lapses(self, code: str = "notFreeHost") -> None:
        """Let premium run out: the user is free, adding answers this error."""
        self.lapsed = Refused(code)

    def approves(self, user_code: str) -> None:
        """Let the user approve a program that waits in the device flow."""
        self.oauth.answer(user_code)

    def expire_links(self) -> None:
        """Let every address handed out so far be dead; listings make new ones."""
        self.cdn.expire()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one account on the command line's terms."""
    parser = parser_for("compat.emulators.debridlink", TOKEN)
    parser.add_argument("--slots", type=int, default=20, help="transfers at a time")
    parser.add_argument("--per-day", type=int, default=50, help="torrents that may be added in a day")
    serve(
        parser,
        arguments,
        lambda options, usual: DebridLink(
            **usual,
            slots=options.slots,
            per_day=options.per_day,
            flood_guard=FloodGuard() if options.rate_limited else None,
        ),
    )


if __name__ == "__main__":
    main()
