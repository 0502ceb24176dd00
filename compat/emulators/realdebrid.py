"""A strict Real-Debrid: one account, arranged by tests or from the command line.

python -m compat.emulators.realdebrid --port 8300 --knows sintel --knows Big.Buck.Bunny.mkv:5000000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from compat.content import Release
from compat.emulators.bench import Fault
from compat.emulators.course import Handles
from compat.emulators.realdebrid_items import DOWNLOADED, Item, Packing, Profile, Step
from compat.emulators.realdebrid_rest import TOKEN, Rest, Verdict
from compat.emulators.realdebrid_torrents import Torrents
from compat.emulators.realdebrid_wire import RateLimit, Refused
from compat.emulators.service_cli import parser_for, serve


class RealDebrid(Rest, Handles[Item]):
    """`async with RealDebrid() as rd:` serves `rd.url` for `rd.token`.

    "immediate": cached content is downloaded as soon as it is selected; anything else takes one step of
    its profile each time it is looked at. "manual": nothing moves but by `advance`. "timed": profiles go
    by the clock, one of their seconds taking `pace` seconds.
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
        packing: Packing = "each",
        file_ids: Sequence[int] = (),
    ) -> None:
        """Make a release one whose metadata can be found, whose bytes can be served.

        `profile` says how it goes instead of "cached" or "uncached"; `packing` what links it ends with;
        `file_ids` numbers its files other than from 1 on. Counts for torrents added from now on.
        """
        usual: Profile = "cached" if cached else "uncached"
        self.torrents.learn(release, profile or usual, packing, file_ids)

    def advance(
        self, infohash: str, to: str = "", *, progress: float = 0, seeders: int = 0, speed: int = 0
    ) -> Item:
        """Move the newest torrent of that hash to a status, by default to the next step of its profile."""
        item = self.torrents.of(infohash)
        step = Step(0, to, progress, seeders, speed or seeders << 20) if to else None
        self.torrents.advance(item, step)
        return item

    def added_elsewhere(self, release: Release, *, downloaded: bool = True) -> Item:
        """Let another program of the same user add a known release, which may be there already."""
        item = self.torrents.add_file(release.torrent)
        if downloaded:
            self.torrents.advance(item, Step(0, DOWNLOADED))
        return item

    def loses(self, infohash: str) -> None:
        """Leave the torrents of that hash listed with nothing behind their links; adding it again helps."""
        for item in self.torrents.held:
            item.lost = item.lost or item.infohash == infohash

    def refuses(
        self,
        infohash: str,
        code: int | str = "infringing_file",
        *,
        status: int | None = None,
        at: Literal["add", "unrestrict", "both"] = "both",
    ) -> None:
        """Answer adding that torrent, unrestricting its links or both with one of the service's errors."""
        moments = frozenset(("add", "unrestrict") if at == "both" else (at,))
        self.verdicts[infohash] = Verdict(Refused(code, status=status), moments)

    def fails(
        self,
        route: str,
        code: int | str,
        *,
        status: int | None = None,
        details: str = "",
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        after: int = 0,
        infohash: str | None = None,
    ) -> Fault:
        """Arrange a fault that is one of the service's errors, by number or name: see `fault`."""
        refused = Refused(code, status=status, details=details)
        return self.fault(
            route,
            status=refused.status,
            body=refused.body,
            headers=headers,
            times=times,
            after=after,
            infohash=infohash,
        )

    def denies(self, code: int | str | None) -> None:
        """Answer every call that needs a token with an error (8, 10, 14, 22, ...); None: no longer."""
        self.denied = None if code is None else Refused(code)

    def lapses(self, code: int | str = 9) -> None:
        """Let premium run out: the user is free, adding or unrestricting answers this error (9 or 20)."""
        self.lapsed = Refused(code)

    def approves(self, user_code: str) -> None:
        """Let the user approve a program that waits in the device flow."""
        self.oauth.approve(user_code)

    def expire_links(self) -> None:
        """Let every download address handed out so far be dead; unrestricting makes new ones."""
        self.cdn.expire()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one account on the command line's terms."""
    parser = parser_for("compat.emulators.realdebrid", TOKEN)
    parser.add_argument("--slots", type=int, default=25)
    serve(
        parser,
        arguments,
        lambda options, usual: RealDebrid(
            **usual,
            slots=options.slots,
            rate_limit=RateLimit() if options.rate_limited else None,
        ),
    )


if __name__ == "__main__":
    main()
