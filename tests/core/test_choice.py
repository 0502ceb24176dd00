"""Who is to serve a torrent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.choice import (
    Ask,
    Nobody,
    Serve,
    Sleep,
    Stand,
    Standing,
    allows_uncached,
    choose,
    others_may_hold,
    others_serve,
)
from qbitproxy.core.faults import Reason
from qbitproxy.core.torrent import RefusalNote, Request, Torrent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RESTS = Standing(resting_until=NOW + timedelta(hours=1))


def a_torrent(*refused: tuple[str, Reason], **request: object) -> Torrent:
    return Torrent(
        id=7,
        infohash="b" * 40,
        category="radarr",
        name="Movie",
        save_path="/d",
        request=Request(**request),  # type: ignore[arg-type]
        added_at=NOW,
        refusals=tuple(RefusalNote(provider=n, reason=r, detail=f"{n}: {r}") for n, r in refused),
    )


def served(choice: object) -> tuple[str, bool]:
    assert isinstance(choice, Serve), choice
    return choice.provider, choice.fetch


def test_who_holds_it_goes_before_who_would_have_to_fetch_it() -> None:
    providers = {"one": Standing(holds=False, uncached=True), "two": Standing(holds=True)}

    choice = choose(a_torrent(), providers, None, NOW)

    assert choice == Serve("two", False, "it says that it holds it (one: does not hold it)")


def test_the_order_decides_among_those_that_may_hold_it() -> None:
    providers = {"one": Standing(), "two": Standing(holds=True)}

    assert choose(a_torrent(), providers, None, NOW) == Serve("one", False, "first in order that may hold it")


def test_all_that_can_be_asked_are_asked_together_first() -> None:
    providers = {"one": Standing(asked=False), "two": Standing(), "three": Standing(asked=False)}

    assert choose(a_torrent(), providers, None, NOW) == Ask(("one", "three"))


def test_who_refused_or_rests_is_not_asked() -> None:
    providers = {
        "one": Standing(asked=False),
        "two": Standing(asked=False, resting_until=RESTS.resting_until),
        "three": Standing(),
    }

    assert served(choose(a_torrent(("one", Reason.TOO_LARGE)), providers, None, NOW)) == ("three", False)


def test_when_nobody_holds_it_the_first_that_may_fetch_does() -> None:
    providers = {
        "one": Standing(),
        "two": Standing(uncached=True, holds=False),
        "three": Standing(uncached=True),
    }
    torrent = a_torrent(("one", Reason.NOT_CACHED), ("three", Reason.NOT_CACHED))

    choice = choose(torrent, providers, None, NOW)

    assert choice == Serve(
        "two", True, "nobody holds it, it may fetch it (one: not_cached, three: not_cached)"
    )


def test_a_provider_that_did_not_hold_it_may_fetch_it_later() -> None:
    torrent = a_torrent(("one", Reason.NOT_CACHED))

    assert served(choose(torrent, {"one": Standing(uncached=True)}, None, NOW)) == ("one", True)


def test_a_real_refusal_bars_a_provider_from_fetching_too() -> None:
    torrent = a_torrent(("one", Reason.FILTERED_BY_PROVIDER), ("two", Reason.NOT_CACHED))
    providers = {"one": Standing(uncached=True), "two": Standing()}

    choice = choose(torrent, providers, None, NOW)

    assert choice == Nobody(Reason.FILTERED_BY_PROVIDER, "one: filtered_by_provider")


def test_a_resting_provider_is_waited_for_before_anything_is_given_up() -> None:
    providers = {"one": RESTS, "two": Standing()}

    assert choose(a_torrent(("two", Reason.NOT_CACHED)), providers, None, NOW) == Sleep(RESTS.resting_until)


def test_a_resting_provider_that_could_not_help_is_not_waited_for() -> None:
    torrent = a_torrent(("one", Reason.NOT_CACHED))

    assert choose(torrent, {"one": RESTS}, None, NOW) == Nobody(Reason.NOT_CACHED, "one: not_cached")


def test_a_rest_holds_up_nobody_else() -> None:
    choice = choose(a_torrent(), {"one": RESTS, "two": Standing()}, None, NOW)

    assert choice == Serve("two", False, "first in order that may hold it (one: rests)")


def test_without_a_free_slot_the_torrent_stands_in_every_line_that_would_do() -> None:
    full = Standing(room=False)

    assert choose(a_torrent(), {"one": full, "two": full}, None, NOW) == Stand(("one", "two"), False)
    assert served(choose(a_torrent(), {"one": full, "two": Standing()}, None, NOW)) == ("two", False)


def test_a_fetch_waits_for_a_slot_of_its_own_kind() -> None:
    full = Standing(holds=False, uncached=True, fetch_room=False)

    assert choose(a_torrent(), {"one": full}, None, NOW) == Stand(("one",), True)


def test_the_last_resort_fetches_what_nobody_else_does_whatever_the_policy() -> None:
    providers = {"home": Standing(last_resort=True), "one": Standing(holds=False)}

    choice = choose(a_torrent(), providers, False, NOW)

    assert choice == Serve("home", True, "nobody else serves it (one: does not hold it)")


def test_a_debrid_service_that_may_fetch_goes_before_the_last_resort() -> None:
    providers = {"home": Standing(last_resort=True), "one": Standing(holds=False, uncached=True)}

    assert served(choose(a_torrent(), providers, None, NOW)) == ("one", True)


def test_only_who_was_asked_for_is_chosen() -> None:
    providers = {"one": Standing(), "two": Standing()}

    assert served(choose(a_torrent(provider="two"), providers, None, NOW)) == ("two", False)
    assert choose(a_torrent(provider="three"), providers, None, NOW) == Sleep(None)


@pytest.mark.parametrize(
    ("asked", "arr", "provider", "allowed"),
    [
        (True, False, False, True),
        (False, True, True, False),
        (None, True, False, True),
        (None, False, True, False),
        (None, None, True, True),
        (None, None, False, False),
    ],
)
def test_uncached_is_decided_by_the_add_then_the_arr_then_the_provider(
    asked: bool | None, arr: bool | None, provider: bool, allowed: bool
) -> None:
    standing = Standing(uncached=provider)

    assert allows_uncached(a_torrent(uncached=asked), standing, arr) is allowed


def test_others_may_hold_it_only_while_they_can_be_tried() -> None:
    torrent = a_torrent(("three", Reason.NOT_CACHED))
    others = {"one": Standing(), "two": RESTS, "three": Standing(), "four": Standing(holds=False)}

    assert not others_may_hold(torrent, others, "one", NOW)
    assert others_may_hold(torrent, others | {"five": Standing()}, "one", NOW)


standings = st.builds(
    Standing,
    uncached=st.booleans(),
    resting_until=st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    asked=st.booleans(),
    holds=st.sampled_from([None, True, False]),
    room=st.booleans(),
    fetch_room=st.booleans(),
    last_resort=st.booleans(),
)
NAMES = ("one", "two", "three")
refusals = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(Reason)), max_size=3)


@given(st.dictionaries(st.sampled_from(NAMES), standings), refusals, st.sampled_from([None, True, False]))
def test_whatever_stands_the_choice_is_one_that_may_be_made(
    providers: dict[str, Standing], refused: list[tuple[str, Reason]], uncached: bool | None
) -> None:
    torrent = a_torrent(*refused)
    barred = {name for name, reason in refused if reason is not Reason.NOT_CACHED}

    match choose(torrent, providers, uncached, NOW):
        case Serve(provider=name, fetch=fetch):
            standing = providers[name]
            assert name not in barred
            assert standing.resting_until is None or standing.resting_until <= NOW
            assert standing.fetch_room if fetch else standing.room
            assert not fetch or allows_uncached(torrent, standing, uncached)
        case Ask(providers=names) | Stand(providers=names):
            assert names
            assert not barred & set(names)
        case Sleep(until=until):
            assert until is None or until > NOW
        case Nobody(reason=reason):
            assert reason is Reason.NOT_CACHED or refused


@pytest.mark.parametrize(
    ("other", "serves"),
    [
        (Standing(), True),
        (Standing(asked=False), True),
        (Standing(holds=False, uncached=True), True),
        (Standing(holds=False), False),
        (Standing(room=False), False),
        (RESTS, False),
    ],
)
def test_others_serve_what_they_would_take_at_once(other: Standing, serves: bool) -> None:
    assert others_serve(a_torrent(), {"one": Standing(), "two": other}, "one", None, NOW) is serves


def test_nobody_else_serves_what_only_one_was_asked_for() -> None:
    providers = {"one": Standing(), "two": Standing()}

    assert not others_serve(a_torrent(provider="one"), providers, "one", None, NOW)
