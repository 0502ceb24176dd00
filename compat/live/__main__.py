"""Judging a real account: python -m compat.live realdebrid --key-file FILE --yes"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import aiohttp
from msgspec.structs import replace
from yarl import URL

from compat.live.report import Report
from compat.live.run import Run, Subject
from compat.recorder.recording import Recording
from compat.recorder.relay import Relay
from qbitproxy import logs
from qbitproxy.clock import SystemClock
from qbitproxy.core.clock import Clock
from qbitproxy.core.ports import ProviderSpec, Source
from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Secret
from qbitproxy.sources import BadSource, from_magnet, from_metainfo

ALL_GOOD, FAILED, NOT_RUN = 0, 1, 2
KEY_FROM = "QBITPROXY_LIVE_KEY"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SHORTEST_KEY = 8
SERVICES = {name: spec for name, spec in PROVIDERS.items() if not spec.local}
"""What is a service of somebody else's; a program of the user's own is proved by running it."""


class NotRun(Exception):
    """Nothing was asked of any service; the text says why."""


def main() -> int:
    """Judge the account; return 0 when nothing failed, 1 when something did, 2 when nothing was judged."""
    logs.set_up("warning", "console")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # both clean up
    try:
        return asyncio.run(judged(sys.argv[1:], os.environ, sys.stdout))
    except KeyboardInterrupt:
        return NOT_RUN


async def judged(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    out: TextIO,
    specs: Mapping[str, ProviderSpec] = SERVICES,
    clock: Clock | None = None,
) -> int:
    """The exit code, with a line in `out` for each case."""
    options = _parser(specs).parse_args(arguments)
    report, clock = Report(out), clock or SystemClock()
    try:
        subject = await asyncio.to_thread(_subject, options, environ, specs[options.provider])
        recorded = _recording_path(options, clock)
    except NotRun as reason:
        report.say(f"not run: {reason}")
        return NOT_RUN
    async with aiohttp.ClientSession() as session, _recorded(subject, recorded, session) as (url, recording):
        await Run(replace(subject, base_url=url), session, clock, report, recording).judge()
    report.say(report.summary() + (f"; recorded in {recorded}" if recorded else ""))
    return ALL_GOOD if report.is_clean() else FAILED


def _parser(specs: Mapping[str, ProviderSpec]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m compat.live",
        description="Put the cases of the emulators to a real account.",
        epilog=f"The key comes from --key-file or from {KEY_FROM}. "
        "Exit code: 0 nothing failed, 1 something did, 2 nothing was judged.",
        allow_abbrev=False,
    )
    parser.add_argument("provider", choices=sorted(specs))
    parser.add_argument("--yes", action="store_true", help="I know that this account will be changed")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="file that holds nothing but the key")
    torrent = parser.add_mutually_exclusive_group()
    torrent.add_argument("--torrent", type=Path, metavar="FILE", help="a .torrent that may be added")
    torrent.add_argument("--magnet", metavar="LINK", help="a magnet link, with a name, that may be added")
    parser.add_argument("--wait", type=float, default=2, metavar="MINUTES", help="for the service to have it")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="write down what was said, redacted")
    parser.add_argument("--service", metavar="URL", help="an emulator on this machine instead of the service")
    parser.add_argument("--key", nargs="?", const="", help=argparse.SUPPRESS)
    return parser


def _subject(options: argparse.Namespace, environ: Mapping[str, str], spec: ProviderSpec) -> Subject:
    """What the arguments mean. Raises NotRun."""
    if options.key is not None:
        raise NotRun("a key does not belong on a command line, where others can read it: use --key-file")
    if environ.get("CI"):
        raise NotRun("CI is set, and this is for a person with an account")
    if not options.yes:
        raise NotRun("the account will be changed: say --yes when it may be")
    return Subject(
        spec=spec,
        base_url=_address(options.service) if options.service else spec.http.base_url,
        key=_key(options.key_file, environ),
        source=_source(options),
        patience=timedelta(minutes=max(options.wait, 0)),
    )


def _key(file: Path | None, environ: Mapping[str, str]) -> Secret:
    try:
        key = (file.read_text() if file else environ.get(KEY_FROM, "")).strip()
    except (OSError, ValueError) as error:  # without its name: somebody may have put the key there
        raise NotRun(f"the key file cannot be read ({type(error).__name__})") from None
    if not key:
        raise NotRun(f"there is no key: use --key-file or {KEY_FROM}")
    if len(key) < SHORTEST_KEY or not (key.isascii() and key.isprintable()) or " " in key:
        raise NotRun("what was given as the key is none")
    return Secret(key)


def _source(options: argparse.Namespace) -> Source | None:
    try:
        if options.torrent:
            source = from_metainfo(options.torrent.read_bytes())
        elif options.magnet:
            source = from_magnet(options.magnet)
        else:
            return None
    except OSError as error:
        raise NotRun(f"the torrent cannot be read: {error.strerror}") from None
    except BadSource as bad:
        raise NotRun(bad.detail) from None
    if source.private:
        raise NotRun("this torrent is private: use one that may be shared, such as a public domain film")
    if source.name == source.infohash:
        raise NotRun("the magnet link has no name (dn=), by which some services alone know a torrent again")
    return source


def _address(text: str) -> str:
    try:
        url = URL(text)
    except ValueError:
        raise NotRun("--service is no address") from None
    if url.scheme != "http" or url.host not in LOOPBACK:
        raise NotRun("--service is for an emulator on this machine: the key is sent there")
    return text


def _recording_path(options: argparse.Namespace, clock: Clock) -> Path | None:
    if options.record is None:
        return None
    name = f"{options.provider}-{clock.now():%Y-%m-%dT%H%M%SZ}.jsonl"
    path: Path = options.record / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotRun(f"nothing can be recorded in that folder: {error.strerror}") from None
    return path


@asynccontextmanager
async def _recorded(
    subject: Subject, path: Path | None, session: aiohttp.ClientSession
) -> AsyncIterator[tuple[str, Recording | None]]:
    """Where the service is to be spoken to; what is said there is in `path` afterwards."""
    if path is None:
        yield subject.base_url, None
        return
    recording = Recording(subject.key.reveal(), _domain(subject.base_url))
    async with Relay(subject.base_url, recording, session) as relay:
        try:
            yield relay.url, recording
        finally:
            recording.write(path)


def _domain(url: str) -> str:
    """The service's own domain: `debrid.example` of `https://api.debrid.example/`."""
    host = URL(url).host or ""
    return host if host in LOOPBACK else ".".join(host.split(".")[-2:])


if __name__ == "__main__":
    sys.exit(main())
