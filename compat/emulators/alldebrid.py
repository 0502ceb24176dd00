"""A strict AllDebrid: one account, arranged by tests or from the command line.

python -m compat.emulators.alldebrid --port 8301 --knows sintel --knows Big.Buck.Bunny.mkv:5000000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from compat.content import Release
from compat.emulators.alldebrid_items import READY, Item, Profile, Step
from compat.emulators.alldebrid_magnets import Known, Magnets
from compat.emulators.alldebrid_rest import KEY, Rest
from compat.emulators.alldebrid_wire import RateLimit, Refused
from compat.emulators.bench import Fault
from compat.emulators.course import Handles
from compat.emulators.service_cli import parser_for, serve


class AllDebrid(Rest, Handles[Item]):
    """`async with AllDebrid() as ad:` serves `ad.url` for `ad.token`.

    "immediate": cached content is ready as soon as it is uploaded; anything else takes one step of its
    course each time it is looked at. "manual": nothing moves but by `advance`. "timed": courses go by the
    clock, one of their seconds taking `pace` seconds.
    """

    @property
    def course(self) -> Magnets:
        return self.magnets

    def knows(self, release: Release, *, cached: bool = True, profile: Profile | None = None) -> None:
        """Make a release one whose metadata can be found, whose bytes can be served.

        `profile` says how it goes instead of "cached" or "uncached". Counts for magnets uploaded or
        restarted from now on.
        """
        usual: Profile = "cached" if cached else "uncached"
        self.magnets.known[release.infohash] = Known(release, profile or usual)

    def advance(
        self, infohash: str, to: int | None = None, *, progress: float = 0, seeders: int = 0, speed: int = 0
    ) -> Item:
        """Move the magnet of that hash to a status code, by default to the next step of its course."""
        item = self.magnets.of(infohash)
        step = None if to is None else Step(0, to, progress, seeders, speed or seeders << 20)
        self.magnets.advance(item, step)
        return item

    def added_elsewhere(self, release: Release, *, downloaded: bool = True) -> Item:
        """Let another program of the same user upload a known release, which may be there already."""
        item = self.magnets.add(release.infohash)
        if downloaded and item.code != READY:
            self.magnets.advance(item, Step(0, READY))
        return item

    def loses(self, infohash: str) -> None:
        """Leave the magnet of that hash listed with its links down; uploaded anew it has others."""
        self.links.of(self.magnets.of(infohash))
        self.links.lose(infohash)

    def refuses(
        self,
        infohash: str,
        code: str = "MAGNET_UPLOAD_FAILED",
        *,
        at: Literal["upload", "unlock"] = "upload",
    ) -> None:
        """Answer uploading that torrent, or unlocking its links, with one of the service's errors."""
        self.refused[at, infohash] = code

    def fails(
        self,
        route: str,
        code: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        after: int = 0,
        infohash: str | None = None,
    ) -> Fault:
        """Arrange a fault that is one of the service's errors, in the envelope: see `fault`."""
        return self.fault(
            route,
            status=status,
            body=Refused(code).body,
            headers=headers,
            times=times,
            after=after,
            infohash=infohash,
        )

    def denies(self, code: str | None) -> None:
        """Answer every call that needs a key with an error (AUTH_USER_BANNED, ...); None: no longer."""
        self.denied = code or ""

    def bars(self, code: str | None = "NO_SERVER") -> None:
        """Answer uploading and unlocking with an error, as servers are; all else works. None: no longer."""
        self.barred = code or ""

    def blocks(self) -> str:
        """Want the owner's consent by e-mail; return the token by which a program may ask for it."""
        self.login.block()
        return self.login.verification

    def lapses(self) -> None:
        """Let premium run out: uploading, unlocking are answered with *MUST_BE_PREMIUM."""
        self.premium = False

    def expire_links(self) -> None:
        """Let every download address handed out so far be dead; unlocking makes new ones."""
        self.links.expire()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one account on the command line's terms."""
    parser = parser_for("compat.emulators.alldebrid", KEY)
    parser.add_argument("--slots", type=int, default=30)
    serve(
        parser,
        arguments,
        lambda options, usual: AllDebrid(
            **usual,
            slots=options.slots,
            rate_limit=RateLimit() if options.rate_limited else None,
        ),
    )


if __name__ == "__main__":
    main()
