"""What the demonstration shows: three releases on their way from a debrid service into a library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from compat.content import MIB, SINTEL, Release
from compat.demo.daemon import Daemon, free_port, running
from compat.demo.screen import Row, Screen, mebibytes
from compat.emulators.arr_client import ClientFault
from compat.emulators.arr_import import is_wanted
from compat.emulators.arr_wire import moment
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import RealDebrid
from compat.emulators.sonarr import SONARR_V4, Sonarr

DEADLINE = 60.0  # seconds for all of it
LOOK = 0.2  # seconds between two looks at the torrents
POLL = 1.0  # seconds between two polls of the Arr, which in life takes a minute
LATENCY = 0.03  # seconds of every answer of the service
PACE = 0.5  # how much faster than in life the service fetches
SPEED = "6MiB"  # per second, so that a download can be watched


@dataclass(frozen=True)
class Scene:
    """One release with the way it takes."""

    release: Release
    shown: str
    handed_in: Literal["magnet", "torrent"] = "magnet"
    cached: bool = True
    downloaded: bool = False

    @property
    def wanted(self) -> dict[str, str]:
        """File name in the library -> path in the release."""
        return {Path(p).name: p for p in self.release.files if is_wanted(p, SONARR_V4.media)}

    @property
    def outcome(self) -> str:
        return "downloaded" if self.downloaded else "linked"


SCENES = (
    Scene(
        Release(
            "Cosmos.Laundromat.S01E01.1080p.mkv",
            {"Cosmos.Laundromat.S01E01.1080p.mkv": 5 * MIB + 4321},
        ),
        "a magnet link of what Real-Debrid holds",
    ),
    Scene(
        Release(
            "Caminandes.S01.1080p",
            {
                "Caminandes.S01E01.Llama.Drama.1080p.mkv": 4 * MIB + 17,
                "Caminandes.S01E02.Gran.Dillama.1080p.mkv": 5 * MIB + 1024,
                "Caminandes.S01E03.Llamigos.1080p.mkv": 6 * MIB,
                "Caminandes.S01.nfo": 1843,
                "Sample/caminandes.s01e01.sample.mkv": MIB // 4,
            },
            trackers=("http://tracker.example/announce",),
        ),
        "a .torrent file, with Sequential Order set: its bytes are to be here",
        handed_in="torrent",
        downloaded=True,
    ),
    Scene(
        Release(
            "Agent.327.S01E01.1080p.mkv",
            {"Agent.327.S01E01.1080p.mkv": 7 * MIB + 99},
        ),
        "a magnet link of what Real-Debrid has to fetch first",
        cached=False,
    ),
)
BY_HAND = SINTEL
TO_TRY = Release("Spring.2019.1080p.mkv", {"Spring.2019.1080p.mkv": 9 * MIB})

PHASES = {
    "accepted": "accepted",
    "confirming": "placed; does Sonarr see it?",
    "ready": "finished; Sonarr imports it",
}


class Story:
    """One showing, in `folder`."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        self._folder, self._screen = folder, screen
        self._library, self._downloads = folder / "tv", folder / "downloads"
        self._realdebrid = RealDebrid("timed", latency=LATENCY, pace=PACE)
        self._mount = Mount(folder / "realdebrid")
        self._sonarr = Sonarr(root=self._library)
        self._seen: dict[str, Row] = {}

    async def show(self, stopped: asyncio.Event | None) -> list[str]:
        """Tell it all; then stay until `stopped`, when that is given. Return what went wrong.

        Raises DaemonFailed.
        """
        self._mount.attach(self._realdebrid)
        for scene in SCENES:
            self._realdebrid.knows(scene.release, cached=scene.cached)
        self._realdebrid.knows(BY_HAND)
        self._realdebrid.knows(TO_TRY, cached=False)
        port = free_port()
        async with (
            self._realdebrid,
            self._sonarr,
            running(self._folder, port, self._settings(port)) as daemon,
        ):
            wrong = await self._tell(daemon)
            if stopped is not None:
                await self._invite(daemon)
                await stopped.wait()
        return wrong

    async def _tell(self, daemon: Daemon) -> list[str]:
        say = self._screen.say
        say("An emulated Real-Debrid with its mount, an emulated Sonarr, the real daemon:")
        say(f"  {self._folder / 'qbitproxy.toml'} is its settings file")
        self._use(daemon, sequential=False)
        if failures := await self._sonarr.test_client():
            return [f"Sonarr's test of its download client failed: {failures}"]
        say("Sonarr tests its download client: passed. It grabs")
        for scene in SCENES:
            say(f"  - {scene.shown}")
            self._use(daemon, sequential=scene.downloaded)
            await self._sonarr.grab(scene.release, scene.handed_in)
        say()
        await self._watch(daemon)
        wrong = self._unfinished([]) + await asyncio.to_thread(self._differences)
        wrong += await self._by_hand(daemon)
        self._sum_up(wrong)
        return wrong

    def _use(self, daemon: Daemon, *, sequential: bool) -> None:
        """The Arr's form: our address, its own address as user name, its API key as password."""
        sonarr = self._sonarr
        sonarr.uses(daemon.url, sonarr.url, sonarr.api_key, sequential=sequential)

    async def _watch(self, daemon: Daemon) -> None:
        """Until everything is done, or the deadline."""
        loop = asyncio.get_running_loop()
        end, poll_at = loop.time() + DEADLINE, 0.0
        while loop.time() < end:
            torrents = await daemon.torrents()
            self._screen.show(self._rows(torrents))
            if not self._unfinished(torrents):
                return
            if loop.time() >= poll_at:
                poll_at = loop.time() + POLL
                try:
                    await self._sonarr.poll()
                except ClientFault as fault:
                    self._screen.say(f"Sonarr: {fault}")
            await moment(LOOK)

    def _rows(self, torrents: Sequence[dict[str, Any]]) -> list[Row]:
        listed = {torrent["hash"]: torrent for torrent in torrents}
        for scene in SCENES:
            name, torrent = scene.release.name, listed.get(scene.release.infohash)
            if torrent is not None:
                self._seen[name] = Row(name, _words(torrent), torrent["progress"], torrent["dlspeed"])
            elif self._is_imported(scene):
                self._seen[name] = Row(name, "imported, removed by Sonarr", 1, 0)
        return [self._seen[scene.release.name] for scene in SCENES if scene.release.name in self._seen]

    def _is_imported(self, scene: Scene) -> bool:
        return scene.wanted.keys() <= {path.name for path in self._sonarr.imported}

    def _unfinished(self, torrents: Sequence[dict[str, Any]]) -> list[str]:
        """What is not as it should be in the end; `torrents` are those still listed."""
        missing = [f"{s.release.name} was not imported" for s in SCENES if not self._is_imported(s)]
        listed = [f"{torrent['name']} is still listed: {_words(torrent)}" for torrent in torrents]
        category = self._downloads / SONARR_V4.category
        left = [f"{path} was left behind" for path in category.glob("*")]
        held = {item.infohash for item in self._realdebrid.items()}
        played = {scene.release.infohash for scene in SCENES if not scene.downloaded}
        remote = [] if held == played else ["Real-Debrid does not hold exactly what the library plays"]
        return missing + listed + left + remote

    def _differences(self) -> list[str]:
        """How the library differs from what was released. Blocks."""
        imported = {path.name: path for path in self._sonarr.imported}
        wanted = {name for scene in SCENES for name in scene.wanted}
        wrong = [f"{name} should not be in the library" for name in imported.keys() - wanted]
        for scene in SCENES:
            for name in scene.wanted.keys() & imported.keys():
                path = imported[name]
                if path.read_bytes() != scene.release.read(scene.wanted[name]):
                    wrong.append(f"{name} is not what was released")
                if path.is_symlink() is scene.downloaded:
                    wrong.append(f"{name} was not {scene.outcome}")
        return wrong

    async def _by_hand(self, daemon: Daemon) -> list[str]:
        """A person adds one through `/api`; no Arr imports it, so it stays on the page."""
        await daemon.add(BY_HAND.magnet(), "by-hand")
        end = asyncio.get_running_loop().time() + DEADLINE
        while asyncio.get_running_loop().time() < end:
            if [torrent["phase"] for torrent in await daemon.torrents()] == ["ready"]:
                return []
            await moment(LOOK)
        return [f"{BY_HAND.name}, added by hand, was not finished"]

    def _sum_up(self, wrong: Sequence[str]) -> None:
        say = self._screen.say
        say()
        say("What happened")
        for scene in SCENES:
            size = mebibytes(sum(scene.release.files[path] for path in scene.wanted.values()))
            left_out = len(scene.release.files) - len(scene.wanted)
            clutter = f"; {left_out} files nobody wants left out" if left_out else ""
            say(f"  {scene.release.name}")
            say(f"    {scene.outcome}, {len(scene.wanted)} file(s), {size}{clutter}")
        say(f"  {BY_HAND.name}")
        say("    added through /api/add; no Arr waits for it, so it stays")
        if wrong:
            say("WRONG")
            for each in wrong:
                say(f"  {each}")
        else:
            say("  Every file in the library is identical to the one released. Sonarr removed its torrents")
            say("  with their files; the library plays on, as Real-Debrid keeps what links point at.")

    async def _invite(self, daemon: Daemon) -> None:
        say = self._screen.say
        say()
        say(f"  The page   {daemon.url}/   user {daemon.username}   password {daemon.password}")
        say(f"  The log    {daemon.log}")
        say("  Try        " + _curl(daemon.url, await daemon.new_token(), TO_TRY.magnet()))
        say("  Ctrl-C ends it and removes everything.")

    def _settings(self, port: int) -> str:
        return f"""\
[server]
port = {port}

[arrs.sonarr]
url = "{self._sonarr.url}"
api_key = "{self._sonarr.api_key}"
uncached = true

[providers.realdebrid]
api_key = "{self._realdebrid.token}"
base_url = "{self._realdebrid.url}"
mount = {json.dumps(str(self._mount.root))}
poll = "1s"
requests_per_minute = 6000

[files]
download_root = {json.dumps(str(self._downloads))}
speed_limit = "{SPEED}"
keep_free = "0"

[gate]
sizes = false
"""


def _words(torrent: dict[str, Any]) -> str:
    """Where a torrent of `/api/torrents` is, in words."""
    match torrent["phase"]:
        case "failed":
            return f"failed: {torrent['waiting_for']}"
        case _ if torrent["waiting_for"]:
            return str(torrent["waiting_for"])
        case "fetching":
            return f"Real-Debrid: {torrent['remote_state'] or 'asked'}"
        case "placing":
            return "downloading" if torrent["action"] == "download" else "linking"
        case str() as phase:
            return PHASES.get(phase, phase)
    return ""


def _curl(url: str, token: str, magnet: str) -> str:
    fields = f"-F arr=by-hand -F downloadUncached=true -F urls='{magnet}'"
    return f"curl -H 'Authorization: Bearer {token}' {fields} {url}/api/add"
