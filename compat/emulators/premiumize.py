"""A strict Premiumize: one account, arranged by tests or from the command line.

python -m compat.emulators.premiumize --port 8301 --knows sintel --knows Big.Buck.Bunny.mkv:5000000
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from compat.content import Release
from compat.emulators.bench import Fault
from compat.emulators.course import Handles
from compat.emulators.premiumize_rest import TOKEN, Rest, Verdict
from compat.emulators.premiumize_transfers import (
    FINISHED,
    STORED,
    Known,
    Profile,
    Step,
    Transfer,
    Transfers,
)
from compat.emulators.premiumize_wire import RateLimit, Refused
from compat.emulators.service_cli import parser_for, serve
from compat.emulators.sources import read_torrent


class Premiumize(Rest, Handles[Transfer]):
    """`async with Premiumize() as pm:` serves `pm.url` for `pm.token`.

    "immediate": cached content is finished as soon as it is created; anything else takes one step of its
    course each time the transfers are listed. "manual": nothing moves but by `advance`. "timed": courses
    go by the clock, one of their seconds taking `pace` seconds.
    """

    @property
    def course(self) -> Transfers:
        return self.transfers

    def knows(self, release: Release, *, cached: bool = True, profile: Profile | None = None) -> None:
        """Make a release one whose metadata can be found, whose bytes can be served.

        `profile` says how it goes instead of "cached" or "uncached". Counts for transfers created from
        now on.
        """
        usual: Profile = "cached" if cached else "uncached"
        self.transfers.known[release.infohash] = Known(release, profile or usual)

    def stored(self) -> list[str]:
        """Return the paths of all items in the drive."""
        return sorted(self.drive.location(file) for file in self.drive)

    def advance(
        self, infohash: str, to: str = "", *, progress: float = 0, speed: int = 0, message: str = ""
    ) -> Transfer:
        """Move the transfer of that hash to a status, by default to the next step of its course."""
        transfer = self.transfers.of(infohash)
        self.transfers.advance(transfer, Step(0, to, progress, speed, message) if to else None)
        return transfer

    def added_elsewhere(self, release: Release, *, downloaded: bool = True) -> Transfer:
        """Let another program of the same user add a known release, which may be there already."""
        metadata = read_torrent(release.torrent)
        transfer = self.transfers.create(
            metadata.infohash, metadata.name, metadata, release.magnet(), self.drive.root
        )
        if downloaded and transfer.status not in STORED:
            self.transfers.advance(transfer, Step(0, FINISHED, 1))
        return transfer

    def uploads(self, name: str, size: int = 1000) -> None:
        """Let the user put a file of their own into the root of the drive."""
        release = Release(name, {name: size})
        self.drive.store(read_torrent(release.torrent), release, self.drive.root)

    def clears(self, infohash: str) -> None:
        """Take the transfer of that hash off the list, as another program does; its files stay."""
        for transfer in [held for held in self.transfers.held if held.infohash == infohash]:
            self.transfers.delete(transfer, files=False)

    def loses(self, infohash: str) -> None:
        """Leave the transfer of that hash listed with its files gone; creating it again helps."""
        node = self.transfers.of(infohash).node
        if node and self.drive.holds(node):
            self.drive.delete(node)

    def infects(self, infohash: str) -> None:
        """Let the virus scan find something in every file of that hash."""
        for file in self.drive:
            if file.infohash == infohash:
                file.virus_scan = "infected"

    def refuses(
        self,
        infohash: str,
        code: str = "permanent_error",
        *,
        message: str = "",
        at: Literal["add", "link", "both"] = "both",
    ) -> None:
        """Answer creating that torrent, linking its files or both with one of the service's errors."""
        moments = frozenset(("add", "link") if at == "both" else (at,))
        self.verdicts[infohash] = Verdict(Refused(code, message), moments)

    def fails(
        self,
        route: str,
        code: str = "",
        *,
        message: str = "",
        times: int | None = 1,
        after: int = 0,
        infohash: str | None = None,
    ) -> Fault:
        """Arrange a fault that is one of the service's errors, by code, text or both: see `fault`."""
        body = Refused(code, message).body(coded=self.habits.coded)
        return self.fault(route, status=200, body=body, times=times, after=after, infohash=infohash)

    def denies(self, code: str | None = "authentication_failed") -> None:
        """Answer every call with an error; None: no longer."""
        self.denied = None if code is None else Refused(code)

    def lapses(self) -> None:
        """Let premium run out: transfers stay listed, creating or linking is refused."""
        self.lapsed = True

    def exhausts(self) -> None:
        """Let all points be spent."""
        self.points.left = self.points.boosters = 0

    def expire_links(self) -> None:
        """Let every address handed out so far be dead; item/details makes new ones."""
        self.links.expire()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one account on the command line's terms."""
    parser = parser_for("compat.emulators.premiumize", TOKEN)
    parser.add_argument("--slots", type=int, default=25)
    parser.add_argument("--links-lag", type=float, default=0.0, help="seconds until files have links")
    serve(
        parser,
        arguments,
        lambda options, usual: Premiumize(
            **usual,
            slots=options.slots,
            links_lag=options.links_lag,
            rate_limit=RateLimit() if options.rate_limited else None,
        ),
    )


if __name__ == "__main__":
    main()
