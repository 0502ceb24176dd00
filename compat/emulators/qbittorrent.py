"""A strict qBittorrent with a downloads folder of true bytes, arranged by tests or from the command line.

python -m compat.emulators.qbittorrent --port 8300 --downloads /tmp/qbt --knows sintel
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType

from compat.content import READY_MADE, Release
from compat.emulators.bench import Clock, Fault, Progression, run_until_stopped
from compat.emulators.course import Handles
from compat.emulators.qbittorrent_items import Item, Layout, Profile, Step
from compat.emulators.qbittorrent_rest import Rest
from compat.emulators.qbittorrent_torrents import Torrents, Wish
from compat.emulators.qbittorrent_wire import DIALECTS


class Qbittorrent(Rest, Handles[Item]):
    """`async with Qbittorrent() as qb:` serves `qb.url` for `qb.token`, which is user:password.

    "immediate": what is cached lies in `downloads` as soon as it runs; anything else takes one step of its
    course each time it is looked at. "manual": nothing moves but by `advance`. "timed": courses go by the
    clock, one of their seconds taking `pace` seconds.
    """

    def __init__(
        self,
        progression: Progression = "immediate",
        *,
        downloads: Path | None = None,
        version: str = "4.6.7",
        slots: int = 3,
        pace: float = 1.0,
        latency: float = 0.0,
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        """`downloads` None is a folder of its own, which ends with it."""
        super().__init__(
            progression, version=version, slots=slots, pace=pace, latency=latency, clock=clock, port=port
        )
        self._temporary = downloads is None
        self.downloads = downloads or Path(tempfile.mkdtemp(prefix="qbittorrent-"))
        self.save_path = str(self.downloads)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self._temporary:
            shutil.rmtree(self.downloads, ignore_errors=True)

    @property
    def token(self) -> str:
        return f"{self.gate.username}:{self.gate.password}"

    @property
    def api_key(self) -> str:
        """The API key, "" before 5.2."""
        return self.gate.api_key

    @property
    def course(self) -> Torrents:
        return self.torrents

    def knows(self, release: Release, *, cached: bool = True, profile: Profile | None = None) -> None:
        """Let somebody have the release: a fast neighbour, or peers that take their time."""
        self.torrents.learn(release, profile or ("cached" if cached else "uncached"))

    def advance(
        self, infohash: str, to: str = "", *, progress: float | None = None, seeds: int = 0, speed: int = 0
    ) -> Item:
        """Move one torrent: to a state that overrules its own ("" lifts it), to a progress, or to the
        metadata that it lacks."""
        item = self.torrents.of(infohash)
        item.shown_as = to
        if item.metadata is None and not to:
            self.torrents.give_metadata(item)
        if progress is not None:
            self.torrents.enter(item, Step(0, progress, seeds, speed))
        return item

    def added_elsewhere(
        self,
        release: Release,
        *,
        downloaded: bool = True,
        category: str = "tv-sonarr",
        save_path: str = "",
        layout: Layout = "Original",
        skipped: Collection[int] = (),
    ) -> Item:
        """Let somebody else add a known release just now; it shows as late as any new one."""
        wish = Wish(
            save_path=save_path or str(self.downloads / category),
            layout=layout,
            stopped=True,
            category=category,
            tags=("theirs",),
        )
        item = self.torrents.add_file(release.torrent, wish)
        if item is None:
            raise ValueError(f"{release.name} is there already")
        self._unseen[item.id] = self.lag
        item.priorities |= dict.fromkeys(skipped, 0)
        item.stopped = False
        if downloaded:
            self.torrents.enter(item, Step(0, 1))
        return item

    def deletes(self, infohash: str) -> None:
        """Remove the torrent of that hash with its files, as its user may."""
        self.torrents.delete(self.torrents.of(infohash), files=True)

    def loses(self, infohash: str) -> None:
        """Let the files of that torrent be gone, which it has noticed."""
        item = self.torrents.of(infohash)
        self.torrents.drop_files(item)
        item.shown_as = "missingFiles"

    def restarts(self) -> None:
        """End every session."""
        self.gate.forget()

    def fails(self, route: str, status: int, text: str = "", *, times: int | None = 1) -> Fault:
        """Arrange a fault that is one of its plain error texts: see `fault`."""
        return self.fault(route, status=status, body=text.encode(), times=times)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; address, token, magnet links go to stdout."""
    parser = argparse.ArgumentParser(prog="python -m compat.emulators.qbittorrent", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--downloads", type=Path, help="where content lies; a temporary folder without it")
    parser.add_argument("--version", choices=sorted(DIALECTS), default="4.6.7")
    parser.add_argument("--progression", choices=["immediate", "manual", "timed"], default="timed")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds that a second of a course takes")
    parser.add_argument("--slots", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every call")
    for name, meaning in (("knows", "there at once"), ("uncached", "takes its time")):
        names = sorted(READY_MADE)
        parser.add_argument(f"--{name}", choices=names, action="append", default=[], help=meaning)
    asyncio.run(_serve(parser.parse_args(arguments)))


async def _serve(options: argparse.Namespace) -> None:
    qb = Qbittorrent(
        options.progression,
        downloads=options.downloads,
        version=options.version,
        slots=options.slots,
        pace=options.pace,
        latency=options.latency,
        port=options.port,
    )
    for name in options.knows + options.uncached:
        qb.knows(READY_MADE[name], cached=name in options.knows)
    magnets = {f"magnet[{name}]": READY_MADE[name].magnet() for name in options.knows + options.uncached}
    await run_until_stopped(qb, token=qb.token, downloads=str(qb.downloads), **magnets)


if __name__ == "__main__":
    main()
