"""Recordings hold how a service speaks, nothing that is anybody's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.content import SINTEL
from compat.emulators.realdebrid import RealDebrid
from compat.recorder.exchange import Exchange
from compat.recorder.recording import Recording
from compat.recorder.relay import Relay

KEY = "K3Y5ECRETK3Y5ECRETK3Y"
DOMAIN = "debrid.test"
SECRETS = {
    "key": KEY,
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "email": "marble.run@mail.test",
    "user name": "marblerunner",
    "account id": "48151623",
    "address": "203.0.113.77",
    "address, version 6": "2a02:8109:b6c0:5f::17",
    "signature": "https://cdn7.debrid.test/dl/QWERTZ12345ABCD/a.mkv?sig=0f9e8d7c6b5a4f3e&expires=1799999999",
    "tracker": "https://tracker.secret.test/passkey0123456789abcdef0123456789abcdef/announce",
    "infohash": "8f2b6c1d9e0a4735b1c2d3e4f5a6b7c8d9e0f1a2",
    "name": "Our.Wedding.2019.mkv",
    "item": "J7QX2LKM9RWT4",
    "size": "73459182734",
}
PARTS = {
    *SECRETS.values(),
    "QWERTZ12345ABCD",
    "0f9e8d7c6b5a4f3e",
    "tracker.secret.test",
    "Wedding",
    "mail.test",
}
ACCOUNT = {
    "id": 48151623,
    "username": "marblerunner",
    "email": "marble.run@mail.test",
    "apikey": KEY,
    "last_ip": "203.0.113.77",
    "type": "premium",
    "points": 1250,
    "expiration": "2027-03-04T05:06:07.000Z",
}
ITEM = {
    "id": "J7QX2LKM9RWT4",
    "hash": "8f2b6c1d9e0a4735b1c2d3e4f5a6b7c8d9e0f1a2",
    "filename": "Our.Wedding.2019.mkv",
    "bytes": 73459182734,
    "status": "waiting_files_selection",
    "progress": 41.5,
    "files": [{"id": 1, "path": "/Our.Wedding.2019.mkv", "selected": 1}],
    "links": ["https://cdn7.debrid.test/dl/QWERTZ12345ABCD/a.mkv?sig=0f9e8d7c6b5a4f3e&expires=1799999999"],
}


def recorded(*answers: Any, **changes: Any) -> list[str]:
    """The lines of a recording in which calls are answered so; `changes` are to each exchange."""
    recording = Recording(KEY, DOMAIN, salt=b"the same in each run")
    recording.keep(SINTEL.infohash, SINTEL.name, SINTEL.size, *SINTEL.files)
    for answer in answers:
        given: dict[str, Any] = {
            "case": "a case",
            "method": "GET",
            "path": "/rest/1.0/torrents",
            "status": 200,
        }
        recording.heard(Exchange(**(given | {"body": json.dumps(answer).encode()} | changes)))
    return recording.lines()


def body_of(*answers: Any, **changes: Any) -> Any:
    return json.loads(recorded(*answers, **changes)[-1])["body"]


def told(lines: list[str]) -> set[str]:
    text = "\n".join(lines)
    return {part for part in PARTS if part.lower() in text.lower() or quote(part, safe="") in text}


@pytest.mark.parametrize("what", SECRETS)
@pytest.mark.parametrize("field", ["anything", "link", "name", "src", "ip_address", "value", "id"])
def test_no_secret_is_written_whatever_field_it_stands_in(what: str, field: str) -> None:
    secret = SECRETS[what]
    number = {"plain": int(secret)} if secret.isdigit() else {}

    lines = recorded(
        {field: secret, "nested": [{field: [secret, f"x {secret} y"]}], secret: 1, **number}, ACCOUNT
    )

    assert told(lines) == set()


@pytest.mark.parametrize("what", SECRETS)
def test_no_secret_is_written_of_what_was_asked(what: str) -> None:
    secret = SECRETS[what]
    form = f"link={quote(secret, safe='')}&files=1,2&items%5B%5D={quote(secret, safe='')}".encode()

    as_form = recorded({}, sent=form, sent_type="application/x-www-form-urlencoded", query=[("auth", secret)])
    as_json = recorded(
        {}, sent=json.dumps({"url": secret, "async": True}).encode(), sent_type="application/json"
    )
    in_path = recorded(ACCOUNT, path=f"/rest/1.0/torrents/info/{secret}")

    assert told(as_form + as_json + in_path) == set()
    assert '["files", "1,2"]' in as_form[0]


@pytest.mark.parametrize("field", ["message", "error_details", "errorString", "detail"])
def test_what_a_service_says_in_words_is_kept_without_what_is_somebodys(field: str) -> None:
    sentence = "Torrent {} of {} was not added: permission_denied, try again at 12:30:45"
    said = [{field: sentence.format(f"'{secret}'", "marblerunner (48151623)")} for secret in SECRETS.values()]

    lines = recorded(*said, ACCOUNT, ITEM)

    assert told(lines) == set()
    assert all("was not added: permission_denied, try again at 12:30:45" in line for line in lines[:-2])


def test_who_it_is_about_may_be_said_only_later() -> None:
    lines = recorded({"message": "welcome back, MarbleRunner"}, ACCOUNT)

    assert told(lines) == set()


def test_a_page_is_written_as_its_length() -> None:
    page = f"<html>{' '.join(SECRETS.values())}</html>".encode()

    [line] = recorded({}, body=page, sent=page, sent_type="application/octet-stream")

    assert (json.loads(line)["body"], json.loads(line)["sent"]) == (f"{len(page)} bytes",) * 2
    assert told([line]) == set()


def test_headers_are_few() -> None:
    headers = {
        "Set-Cookie": f"session={KEY}",
        "X-Total-Count": "17",
        "Retry-After": "60",
        "X-User": "marblerunner",
    }

    [line] = recorded([], headers=headers)

    assert json.loads(line)["headers"] == {"x-total-count": "17", "retry-after": "60"}


def test_shapes_stay() -> None:
    account, item = body_of(ACCOUNT), body_of(ITEM)

    assert list(account) == list(ACCOUNT)
    assert (account["type"], account["points"]) == ("premium", 1250)
    assert account["expiration"].endswith("T05:06:07.000Z")
    assert len(str(account["id"])) == len(str(ACCOUNT["id"]))
    assert list(item) == list(ITEM)
    assert (item["status"], item["progress"]) == ("waiting_files_selection", 41.5)
    assert item["files"][0]["path"] == f"/{item['filename']}"
    assert item["filename"].endswith(".mkv")
    assert (len(item["id"]), item["id"].isupper()) == (13, True)
    assert len(item["hash"]) == 40
    assert item["links"][0].startswith("https://cdn7.debrid.test/")


def test_stand_ins_are_the_same_in_every_exchange_of_a_recording_only() -> None:
    first, second = (json.loads(line)["body"] for line in recorded([ITEM], [ITEM | {"progress": 50}]))
    asked = json.loads(recorded(ITEM, path=f"/torrents/info/{ITEM['id']}")[0])["path"]
    other = Recording(KEY, DOMAIN)
    other.heard(Exchange(case="", method="GET", path="/", body=json.dumps([ITEM]).encode()))

    assert first[0] | {"progress": 50} == second[0]
    assert asked.rpartition("/")[2] == first[0]["id"]
    assert json.loads(other.lines()[0])["body"][0]["hash"] != first[0]["hash"]


def test_the_torrent_that_was_used_stays_readable_without_its_trackers() -> None:
    held = {"hash": SINTEL.infohash, "filename": SINTEL.name, "bytes": SINTEL.size, "path": f"/{SINTEL.name}"}

    assert body_of(held) == held
    assert body_of({"src": SINTEL.magnet()}) == {"src": f"magnet:?xt=urn:btih:{SINTEL.infohash}"}


def test_a_user_called_like_a_word_of_the_service_goes_before_the_word() -> None:
    told_twice = body_of({"username": "downloaded"}, {"status": "downloaded"})

    assert told_twice["status"] != "downloaded"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, JSON)
def test_whatever_comes_is_written_as_json_of_the_same_shape(answer: Any, sent: Any) -> None:
    [line] = recorded(answer, sent=json.dumps(sent).encode(), sent_type="application/json")

    assert KEY not in line
    assert type(json.loads(line)["body"]) is type(answer) or isinstance(answer, float | int | str | None)


@given(
    st.text(st.characters(categories=["Ll", "Lu"]), min_size=4),
    st.sampled_from(["x", "name", "title", "src"]),
)
def test_no_text_of_letters_survives_but_in_the_services_own_words(text: str, field: str) -> None:
    if text.lower() in ("true", "false", "none", "null", "root", field):  # a key that is a name goes as well
        return

    assert body_of({field: text})[field] != text


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as open_session:
        yield open_session


async def test_the_relay_changes_nothing_between_client_and_service(session: aiohttp.ClientSession) -> None:
    async with RealDebrid() as rd:
        recording = Recording(rd.token, "127.0.0.1")
        async with Relay(rd.url, recording, session) as relay:
            headers = {"Authorization": f"Bearer {rd.token}"}
            rd.knows(SINTEL)

            async with session.put(
                f"{relay.url}torrents/addTorrent", data=SINTEL.torrent, headers=headers
            ) as added:
                remote_id = (await added.json())["id"]
            async with session.get(f"{relay.url}torrents?limit=5&page=1", headers=headers) as through:
                shown, counted = await through.json(), through.headers["X-Total-Count"]
            async with session.get(f"{relay.url}torrents/info/nothing", headers=headers) as missing:
                status = missing.status

    assert rd.requests[0].body == SINTEL.torrent
    assert rd.requests[1].query == {"limit": "5", "page": "1"}
    assert ([item["id"] for item in shown], counted, status) == ([remote_id], "1", 404)
    lines = [json.loads(line) for line in recording.lines()]
    assert [(line["method"], line["status"]) for line in lines] == [("PUT", 201), ("GET", 200), ("GET", 404)]
    assert rd.token not in str(lines)


async def test_the_relay_gives_no_answer_where_none_came(session: aiohttp.ClientSession) -> None:
    async with RealDebrid() as rd:
        recording = Recording(rd.token, "127.0.0.1")
        async with Relay(rd.url, recording, session) as relay:
            rd.fault("GET /time", kind="short", times=None)

            with pytest.raises(aiohttp.ClientError):
                await session.get(f"{relay.url}time")

    assert json.loads(recording.lines()[0])["status"] == 0


def test_a_recording_is_a_new_file_of_its_owner(tmp_path: Path) -> None:
    recording = Recording(KEY, DOMAIN)
    recording.heard(Exchange(case="a case", method="GET", path="/user", body=b"{}"))
    path = tmp_path / "new" / "recording.jsonl"

    recording.write(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [json.loads(line)["case"] for line in path.read_text().splitlines()] == ["a case"]
    with pytest.raises(FileExistsError):
        recording.write(path)
