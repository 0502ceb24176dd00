"""Judging a real account, tried on the emulators: it finds what is wrong, leaves what it found."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from compat.content import SHOW, SINTEL
from compat.emulators.realdebrid import RealDebrid
from compat.live.__main__ import ALL_GOOD, FAILED, NOT_RUN, SERVICES, judged
from qbitproxy.core.ports import Provider, ProviderSpec
from qbitproxy.http import connect
from qbitproxy.settings import Secret
from tests.providers.account import NAME, VIDEO, ImpatientClock, source_of
from tests.providers.emulated import emulator_of
from tests.support import DEADLINE

ROOT = Path(__file__).parents[2]
SPECS = {
    name: replace(spec, http=replace(spec.http, burst=10_000, deadline=timedelta(seconds=2)))
    for name, spec in SERVICES.items()
}
"""The services without the pace that a real one is spoken to at."""

TORRENT_CASES = [
    "a torrent can be submitted",
    "submitting it again adds nothing",
    "what was submitted is listed",
    "contents are what the rules want",
    "links lead to bytes",
    "it can be let go of, twice",
    "what was let go of can be submitted again",
    "the account is left as it was",
]


class Person:
    """Somebody with an account at an emulated service who runs the cases."""

    def __init__(self, kind: str, service: Any, folder: Path) -> None:
        self.service = service
        self._kind, self._folder = kind, folder
        self._key = folder / "key"
        self._key.write_text(f"{service.token}\n")

    async def runs(self, *arguments: str, environ: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
        """The exit code, the lines; the key comes from a file unless there is an environment."""
        out = io.StringIO()
        key = [] if environ is not None else ["--key-file", str(self._key)]
        given = [self._kind, "--service", self.service.url, *key, *arguments]
        code = await judged(given, environ or {}, out, SPECS, ImpatientClock())
        assert self.service.token not in out.getvalue()
        return code, out.getvalue().splitlines()

    def torrent(self) -> str:
        """The path of a .torrent that the service has."""
        self.service.knows(SINTEL)
        path = self._folder / "sintel.torrent"
        path.write_bytes(SINTEL.torrent)
        return str(path)


@pytest.fixture(params=sorted(SERVICES))
def spec(request: pytest.FixtureRequest) -> ProviderSpec:
    return SERVICES[request.param]


@pytest.fixture
async def person(spec: ProviderSpec, tmp_path: Path) -> AsyncIterator[Person]:
    async with emulator_of(spec) as service:
        yield Person(spec.name, service, tmp_path)


@pytest.fixture
async def somebody(tmp_path: Path) -> AsyncIterator[Person]:
    """A person at Real-Debrid, where one service will do."""
    async with RealDebrid() as service:
        yield Person("realdebrid", service, tmp_path)


@pytest.fixture
async def theirs(person: Person, spec: ProviderSpec) -> AsyncIterator[Provider]:
    """The same account in other hands."""
    async with aiohttp.ClientSession() as session:
        key = Secret(person.service.token)
        http = connect(SPECS[spec.name].http, NAME, person.service.url, key, session, ImpatientClock())
        yield spec.connect(http, NAME)


def told(verdict: str, lines: list[str]) -> list[str]:
    """The cases with this verdict, with the words that follow them."""
    return [line.removeprefix(verdict).strip() for line in lines if line.startswith(f"{verdict} ")]


async def test_every_case_passes_and_the_account_is_left_as_it_was(person: Person, theirs: Provider) -> None:
    person.service.knows(SHOW)
    await theirs.submit(source_of(SHOW), VIDEO)
    before = await theirs.items()

    code, lines = await person.runs("--torrent", person.torrent(), "--yes")

    assert (code, told("failed", lines)) == (ALL_GOOD, [])
    assert [case for case in told("passed", lines) if case in TORRENT_CASES] == TORRENT_CASES
    assert await theirs.items() == before


async def test_a_magnet_link_will_do(person: Person) -> None:
    person.service.knows(SINTEL)

    code, lines = await person.runs("--magnet", SINTEL.magnet(), "--yes")

    assert (code, told("failed", lines)) == (ALL_GOOD, [])
    assert person.service.items() == []


async def test_without_a_torrent_nothing_is_added(person: Person) -> None:
    code, lines = await person.runs("--yes")

    assert code == ALL_GOOD
    assert told("skipped", lines)[-1].startswith("everything that adds a torrent: no torrent was named")
    assert person.service.calls("* *add*") == person.service.calls("* *create*") == 0


async def test_a_torrent_that_is_there_already_is_left_alone(person: Person, theirs: Provider) -> None:
    torrent = person.torrent()
    await theirs.submit(source_of(SINTEL), VIDEO)
    before = await theirs.items()

    code, lines = await person.runs("--torrent", torrent, "--yes")

    assert code == ALL_GOOD
    assert any("holds this torrent already" in line for line in told("skipped", lines))
    assert await theirs.items() == before
    assert len(person.service.items()) == 1


async def test_a_torrent_that_is_there_under_another_name_is_left_alone(
    person: Person, theirs: Provider
) -> None:
    person.service.knows(SINTEL)
    await theirs.submit(source_of(SINTEL), VIDEO)
    before = await theirs.items()
    magnet = f"magnet:?xt=urn:btih:{SINTEL.infohash}&dn=Not.What.It.Is.Called"

    code, lines = await person.runs("--magnet", magnet, "--yes")

    assert code == ALL_GOOD
    assert any("held this torrent" in line or "holds this torrent" in line for line in told("skipped", lines))
    assert await theirs.items() == before
    assert len(person.service.items()) == 1


async def test_a_torrent_that_takes_longer_is_judged_as_far_as_it_came(somebody: Person) -> None:
    somebody.service.torrents.progression = "manual"
    torrent = somebody.torrent()

    code, lines = await somebody.runs("--torrent", torrent, "--yes")

    assert code == ALL_GOOD
    assert any(
        case.startswith("links lead to bytes: the service does not have") for case in told("skipped", lines)
    )
    assert somebody.service.items() == []


async def test_a_torrent_that_is_fetched_meanwhile_is_waited_for(person: Person) -> None:
    torrent = person.torrent()
    person.service.knows(SINTEL, cached=False)

    code, lines = await person.runs("--torrent", torrent, "--yes", "--wait", "60")

    assert (code, told("failed", lines)) == (ALL_GOOD, [])
    assert "links lead to bytes" in told("passed", lines)
    assert person.service.items() == []


async def test_a_service_that_ignores_ranges_fails_the_case_of_links(person: Person) -> None:
    torrent = person.torrent()
    person.service.fault(kind="unranged", times=None)

    code, lines = await person.runs("--torrent", torrent, "--yes")

    [failed] = told("failed", lines)
    assert code == FAILED
    assert failed.startswith("links lead to bytes: status of bytes 0 to 65536")
    assert failed.endswith("expected 206, got 200")
    assert person.service.items() == []


async def test_a_service_that_is_down_fails_what_it_was_asked(person: Person) -> None:
    person.service.fault(kind="html", status=503, times=None)

    code, lines = await person.runs("--torrent", person.torrent(), "--yes")

    assert (code, told("passed", lines)) == (FAILED, [])
    assert all("expected" in case and "Unreachable" in case for case in told("failed", lines))
    assert person.service.items() == []


async def test_a_key_that_is_refused_fails_the_account(person: Person) -> None:
    person.service.token = "another-key-than-the-one-in-the-file"

    code, lines = await person.runs("--torrent", person.torrent(), "--yes")

    assert code == FAILED
    assert told("passed", lines)[0] == "a wrong key is denied"


async def test_what_cannot_be_let_go_of_is_named(somebody: Person) -> None:
    torrent = somebody.torrent()
    somebody.service.fails("DELETE /torrents/delete/{id}", 25, times=None)

    code, lines = await somebody.runs("--torrent", torrent, "--yes")

    [left] = somebody.service.items()
    assert code == FAILED
    assert any(case.startswith("the account is left") and left.id in case for case in told("failed", lines))


async def test_an_add_whose_answer_was_lost_is_let_go_of_as_well(somebody: Person) -> None:
    torrent = somebody.torrent()
    somebody.service.fault("PUT /torrents/addTorrent", kind="reset")

    code, lines = await somebody.runs("--torrent", torrent, "--yes")

    assert code == FAILED
    assert "the account is left as it was" in told("passed", lines)
    assert somebody.service.items() == []


async def test_whoever_interrupts_it_finds_the_account_as_it_was(somebody: Person) -> None:
    torrent = somebody.torrent()

    async with asyncio.TaskGroup() as group:
        run = group.create_task(somebody.runs("--torrent", torrent, "--yes"))
        somebody.service.on_downloaded.append(lambda _: run.cancel())

    assert run.cancelled()
    assert somebody.service.calls("PUT /torrents/addTorrent") == 1
    assert somebody.service.items() == []


async def test_links_made_good_leave_the_list_of_downloads_with_us(somebody: Person) -> None:
    torrent = somebody.torrent()
    headers = {"Authorization": f"Bearer {somebody.service.token}"}

    code, lines = await somebody.runs("--torrent", torrent, "--yes")

    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{somebody.service.url}downloads") as answer,
    ):
        listed = await answer.json() if answer.status == 200 else []
    assert (code, listed) == (ALL_GOOD, [])
    assert somebody.service.calls("DELETE /downloads/delete/{id}") > 0
    assert "its downloads are left as they were" in told("passed", lines)


async def test_a_service_that_is_busy_for_a_moment_is_waited_for(somebody: Person) -> None:
    torrent = somebody.torrent()
    somebody.service.fails("PUT /torrents/addTorrent", 21)

    code, lines = await somebody.runs("--torrent", torrent, "--yes")

    assert (code, told("failed", lines)) == (ALL_GOOD, [])


@pytest.mark.parametrize(
    ("arguments", "environ", "why"),
    [
        ([], {}, "say --yes"),
        (["--yes"], {"CI": "true"}, "CI is set"),
        (["--yes", "--service", "https://debrid.example/"], {}, "for an emulator on this machine"),
        (["--yes", "--magnet", "https://debrid.example/a.torrent"], {}, "not a magnet link"),
        (["--yes", "--magnet", SINTEL.magnet(name=False)], {}, "has no name"),
        (["--yes", "--torrent", "/nowhere/a.torrent"], {}, "cannot be read"),
        (["--yes", "--key-file", "/nowhere/SECRETKEY"], {}, "the key file cannot be read"),
        (["--yes", "--key", "SECRETKEY"], {}, "does not belong on a command line"),
    ],
)
async def test_it_refuses_what_it_should_not_do(
    somebody: Person, arguments: list[str], environ: dict[str, str], why: str
) -> None:
    code, lines = await somebody.runs(
        *arguments, environ={"QBITPROXY_LIVE_KEY": somebody.service.token, **environ}
    )

    assert code == NOT_RUN
    assert len(lines) == 1
    assert why in lines[0]
    assert "SECRETKEY" not in lines[0]
    assert somebody.service.requests == []


async def test_without_a_key_nothing_is_asked(somebody: Person) -> None:
    code, lines = await somebody.runs("--yes", environ={"OTHER": "x"})

    assert (code, lines) == (NOT_RUN, ["not run: there is no key: use --key-file or QBITPROXY_LIVE_KEY"])


async def test_the_recording_tells_each_case_and_nobodys_secret(
    person: Person, theirs: Provider, tmp_path: Path
) -> None:
    person.service.knows(SHOW)
    mine = await theirs.submit(source_of(SHOW), VIDEO)
    account = await theirs.account()
    links = [(await theirs.link(file)).url for file in mine.files or ()]

    code, lines = await person.runs(
        "--torrent", person.torrent(), "--yes", "--record", str(tmp_path / "recordings")
    )

    [path] = (tmp_path / "recordings").iterdir()
    recorded = path.read_text()
    exchanges = [json.loads(line) for line in recorded.splitlines()]
    secrets = {person.service.token, account.user, mine.id, SHOW.infohash, SHOW.name, *links}
    secrets |= {file.path for file in mine.files or ()} | {
        file.link for file in mine.files or () if file.link
    }
    assert (code, told("failed", lines)) == (ALL_GOOD, [])
    assert lines[-1].endswith(f"recorded in {path}")
    assert {secret for secret in secrets if secret.lower() in recorded.lower()} == set()
    assert {exchange["case"] for exchange in exchanges} >= {*TORRENT_CASES[:4], "a wrong key is denied"}
    assert SINTEL.infohash in recorded or SINTEL.name in recorded
    assert not any("withheld" in str(exchange["body"]) for exchange in exchanges)


async def test_the_command_itself_runs_the_cases_that_change_nothing(
    somebody: Person, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "compat.live", "realdebrid", "--service", somebody.service.url, "--yes"),
        cwd=ROOT,
        env={"QBITPROXY_LIVE_KEY": somebody.service.token},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            shown, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert process.returncode == ALL_GOOD, shown.decode()
    assert "passed   the account says who it is" in shown.decode().splitlines()
    assert somebody.service.token not in shown.decode()
