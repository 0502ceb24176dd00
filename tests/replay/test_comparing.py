"""What counts as a difference, and what as known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from compat.replay.allowances import Allowance, Judge
from compat.replay.compare import Difference, differences
from compat.replay.recording import Entry
from compat.replay.wire import Answer

JSON, TEXT = "application/json", "text/plain; charset=UTF-8"


def an_entry(path: str = "torrents/info", note: str = "", **response: Any) -> Entry:
    request = {"method": "GET", "path": f"/api/v2/{path}"}
    return Entry("group", "label", "label", request, {"status": 200, **response}, note)


def compared(recorded: Any, ours: Any, path: str = "torrents/info", note: str = "") -> list[str]:
    """Where two JSON values differ, and how."""
    answer = Answer(200, {"content-type": JSON}, json.dumps(ours).encode())
    entry = an_entry(path, note, content_type=JSON, json=recorded)
    return [f"{each.at} {each.what}" for each in differences(entry, answer, ours, None)]


@pytest.mark.parametrize(
    ("recorded", "ours", "found"),
    [
        ({"a": 1}, {"a": 2.5}, []),
        ({"a": 1}, {"a": "1"}, ["json.a kind"]),
        ({"a": 1}, {"a": None}, ["json.a kind"]),
        ({"a": True}, {"a": 1}, ["json.a kind"]),
        ({"a": 1}, {}, ["json.a missing"]),
        ({}, {"a": 1}, ["json.a extra"]),
        ({"a": {"b": []}, "c": 1}, {"a": {"b": {}}, "c": 1}, ["json.a.b kind"]),
        ([], {}, ["json kind"]),
    ],
)
def test_shapes_are_compared_at_every_level(recorded: Any, ours: Any, found: list[str]) -> None:
    assert compared(recorded, ours) == found


def test_rows_are_matched_by_what_names_them() -> None:
    recorded = [{"hash": "a", "size": 1}, {"hash": "b", "size": 1}]
    ours = [{"hash": "c", "size": 1}, {"hash": "b", "size": "1"}]

    assert compared(recorded, ours) == ["json[] missing", "json[].size kind", "json[] extra"]


def test_maps_are_compared_by_their_keys() -> None:
    one, other = "a" * 40, "b" * 40

    assert compared({one: 1}, {other: 1}) == ["json{} missing", "json{} extra"]


def test_values_count_where_the_recording_keeps_what_matters() -> None:
    cut = "cut to the keys shown"
    recorded, ours = [{"name": "a", "state": "x"}], [{"name": "a", "state": "y", "size": 1}]

    assert compared(recorded, ours, note=cut) == ["json[].state value"]
    assert compared(recorded, ours) == ["json[].size extra"]


def test_a_moment_is_never_compared() -> None:
    assert compared([{"name": "a", "eta": 1}], [{"name": "a", "eta": 2}], note="cut to the keys shown") == []


def test_an_order_that_was_asked_for_is_looked_at() -> None:
    entry = an_entry(content_type=JSON, json=[{"name": "a"}, {"name": "b"}])
    entry = Entry("g", "l", "l", {**entry.request, "query": {"sort": "name"}}, entry.response, "")
    ours = [{"name": "b"}, {"name": "a"}]
    answer = Answer(200, {"content-type": JSON}, b"")

    assert [each.what for each in differences(entry, answer, ours, None)] == ["order"]


def test_of_another_status_nothing_else_is_told() -> None:
    entry = an_entry(content_type=TEXT, text="Ok.")
    answer = Answer(404, {}, b"")

    assert differences(entry, answer, "", None) == [Difference("status", "value", "200 'Ok.'", "404 ''")]


def test_type_and_text_are_compared() -> None:
    entry = an_entry(content_type=TEXT, text="Ok.")
    answer = Answer(200, {"content-type": JSON}, b"Fails.")

    assert [each.at for each in differences(entry, answer, "Fails.", None)] == ["type", "text"]


@pytest.mark.parametrize(
    ("ours", "found"),
    [
        ("SID=other; HttpOnly; path=/", []),
        ("SID=other; path=/", ["cookie"]),
        ("QBT_SID_8080=other; HttpOnly; path=/", ["cookie"]),
        (None, ["cookie"]),
    ],
)
def test_cookies_are_compared_by_name_and_attributes(ours: str | None, found: list[str]) -> None:
    entry = an_entry(
        "auth/login", content_type=TEXT, text="Ok.", headers={"set-cookie": "SID=x; HttpOnly; path=/"}
    )
    answer = Answer(200, {"content-type": TEXT}, b"Ok.")

    assert [each.at for each in differences(entry, answer, "Ok.", ours)] == found


def test_a_difference_is_known_where_every_pattern_fits() -> None:
    entry, difference = an_entry(), Difference("json[].state", "value", "stalledUP", "pausedUP")
    fitting = Allowance("why", ("group/*",), ("json*.state",), recorded=("*UP",), ours=("paused*",))
    others = [
        Allowance("why", ("other/*",)),
        Allowance("why", ("*",), ("json[].name",)),
        Allowance("why", ("*",), what="missing"),
        Allowance("why", ("*",), ours=("stalled*",)),
        Allowance("why", ("*",), recordings=("qbittorrent-5*",)),
    ]

    assert Judge([fitting]).left("qbittorrent-4.5.2", entry, [difference]) == []
    assert Judge(others).left("qbittorrent-4.5.2", entry, [difference]) == [difference]


def test_brackets_in_a_pattern_are_brackets() -> None:
    allowance = Allowance("why", ("*",), ("json[].state",))

    assert not allowance.fits("r", an_entry(), Difference("json.state", "value", 1, 2))


def test_a_pattern_that_nothing_needed_is_stale() -> None:
    needed = Allowance("why", ("group/*", "other/*"), ("text",), ours=("b", "c"))
    late = Allowance("late", ("x",), sometimes=True)
    known = Judge([needed, late])

    known.note("recording", an_entry(), [Difference("text", "value", "a", "b")])

    assert known.stale() == ["why (where = 'other/*')", "why (ours = 'c')"]
