"""Where files of a library lead."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbitproxy.core.trail import Place, Trail, counterparts, is_strm, places, trail

RD = Place("/mnt/rd", ("rd",))
ZURG = Place("http://zurg:9999/dav", ("rd",))
UNIFIED = Place("/mnt/decypharr", ("rd", "torbox"))
INNER = Place("/mnt/rd/special", ("alldebrid",))
AMONG = places((path.path, name) for path in (RD, ZURG, UNIFIED, INNER) for name in path.providers)


@pytest.mark.parametrize(
    ("target", "place", "parts"),
    [
        ("/mnt/rd/__all__/Sintel.2010/Sintel.mkv", RD, ("__all__", "Sintel.2010", "Sintel.mkv")),
        ("/mnt/rd//shows/../Sintel.2010/./a.mkv", RD, ("Sintel.2010", "a.mkv")),
        ("/mnt/rd/special/a.mkv", INNER, ("a.mkv",)),
        ("/mnt/decypharr/__all__/Sintel.2010/a.mkv", UNIFIED, ("__all__", "Sintel.2010", "a.mkv")),
        ("http://zurg:9999/dav/shows/A%20B/c%23d.mkv?x=1", ZURG, ("shows", "A B", "c#d.mkv")),
        ("http://zurg:9999/dav/a/../b.mkv", None, ()),
        ("/mnt/rd", None, ()),
        ("/mnt/rdx/Sintel.2010/a.mkv", None, ()),
        ("/mnt/rd/../other/a.mkv", None, ()),
        ("/elsewhere/a.mkv", None, ()),
    ],
)
def test_a_target_lies_in_the_innermost_place_it_is_below(
    target: str, place: Place | None, parts: tuple[str, ...]
) -> None:
    found = trail(target, AMONG)

    assert (found.place if found else None, found.parts if found else ()) == (place, parts)


def test_a_trail_spells_its_target_from_the_place_on() -> None:
    found = trail("/mnt/rd//__all__/Sintel.2010/a.mkv", AMONG)

    assert found is not None
    assert found.target == "/mnt/rd/__all__/Sintel.2010/a.mkv"


def test_a_place_at_the_root_holds_everything() -> None:
    found = trail("/Sintel.2010/a.mkv", places([("/", "rd")]))

    assert found is not None
    assert found.target == "/Sintel.2010/a.mkv"


def test_names_go_from_the_outermost_folder_to_the_file_itself() -> None:
    found = trail("/mnt/rd/__all__/Sintel/a.mkv", AMONG)

    assert found is not None
    assert list(found.names()) == [
        "__all__",
        "__all__/Sintel",
        "__all__/Sintel/a.mkv",
        "Sintel",
        "Sintel/a.mkv",
        "a.mkv",
    ]


@given(st.text())
def test_no_target_leads_out_of_its_place(target: str) -> None:
    found = trail(f"/mnt/rd/{target}", AMONG)

    assert found is None or ".." not in found.parts


@settings(deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1))
def test_an_address_leads_back_to_where_it_was_made_for(names: list[str]) -> None:
    parts = tuple(name.replace("/", "|") for name in names if name not in (".", ".."))
    leads = Trail(ZURG, parts or ("a",))

    assert trail(leads.address, AMONG) == leads


def test_an_address_that_is_a_path_is_spelled_as_it_is() -> None:
    assert Trail(RD, ("A B", "c#d.mkv")).address == "/mnt/rd/A B/c#d.mkv"


@pytest.mark.parametrize(
    ("old", "new", "addresses"),
    [
        (
            "http://zurg:9999/dav/shows/Old/a.mkv",
            "/mnt/rd/__all__/New/a.mkv",
            [
                "http://zurg:9999/dav/shows/New/a.mkv",
                "http://zurg:9999/dav/__all__/New/a.mkv",
                "http://zurg:9999/dav/New/a.mkv",
            ],
        ),
        ("http://zurg:9999/dav/Old/a.mkv", "/mnt/rd/New/a.mkv", ["http://zurg:9999/dav/New/a.mkv"]),
        ("http://zurg:9999/dav/Old/a.mkv", "/mnt/rd/special/New/a.mkv", []),
        (
            "/mnt/decypharr/__all__/Old/a.mkv",
            "/mnt/rd/New/a.mkv",
            [
                "/mnt/decypharr/__all__/New/a.mkv",
                "/mnt/decypharr/New/a.mkv",
                "/mnt/rd/__all__/New/a.mkv",
                "/mnt/rd/New/a.mkv",
            ],
        ),
        ("/mnt/rd/Old/a.mkv", "/mnt/rd/special/New/a.mkv", ["/mnt/rd/special/New/a.mkv"]),
    ],
)
def test_what_came_back_is_looked_for_in_the_way_the_old_was_seen(
    old: str, new: str, addresses: list[str]
) -> None:
    before, after = trail(old, AMONG), trail(new, AMONG)

    assert before is not None
    assert after is not None
    assert [one.address for one in counterparts(before, after, AMONG)] == addresses


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/tv/Show/1.strm", True),
        ("1.STRM", True),
        ("1.mkv", False),
        ("/tv/x.strm/1", False),
        (".strm", False),
    ],
)
def test_a_strm_file_is_known_by_its_suffix(path: str, is_one: bool) -> None:
    assert is_strm(path) is is_one
