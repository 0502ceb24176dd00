"""Who occupies slots, who waits, whose turn it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.plan import Queue, Submit, Wait
from qbitproxy.core.torrent import Accepted, Fetching, Options, Phase, Remote, Request, Torrent
from qbitproxy.workers.slots import Bounds, Slots

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAYS = Wait(NOW, stays=True)


def a_torrent(number: int, arr: str = "", phase: Phase | None = None, **options: object) -> Torrent:
    return Torrent(
        id=number,
        infohash=f"{number:040x}",
        category="",
        name=f"torrent {number}",
        save_path="/d",
        request=Request(arr=arr),
        options=Options(**options),  # type: ignore[arg-type]
        added_at=NOW,
        phase=phase or Accepted(),
    )


def fetching(number: int, since: datetime = NOW) -> Torrent:
    return a_torrent(number, phase=Fetching(Remote("one", str(number)), since))


def slots_of(most: int, keep_free: int = 0) -> Slots:
    return Slots(lambda _: Bounds(most, keep_free))


def queue(slots: Slots, *torrents: Torrent, fetch: bool = False) -> None:
    for torrent in torrents:
        assert slots.settle(torrent, Queue(("one",), fetch), NOW) == []


def leaves(slots: Slots, torrent: Torrent) -> list[int]:
    return slots.settle(torrent, Wait(), NOW)


def test_a_slot_that_frees_up_calls_the_oldest() -> None:
    slots, first = slots_of(1), fetching(1)
    slots.settle(first, Wait(), NOW)
    queue(slots, a_torrent(3), a_torrent(2))

    assert not slots.has_room("one", 2, fetch=False)
    assert leaves(slots, a_torrent(1)) == [2]
    assert slots.has_room("one", 2, fetch=False)
    assert not slots.has_room("one", 3, fetch=False)


def test_arrs_take_turns_however_many_one_of_them_asks_for() -> None:
    slots = slots_of(1)
    slots.settle(fetching(1), Wait(), NOW)
    queue(slots, *(a_torrent(number, "radarr") for number in range(10, 14)), a_torrent(20, "sonarr"))

    order = []
    current = a_torrent(1)
    for _ in range(5):
        [called] = leaves(slots, current)
        order.append(called)
        current = a_torrent(called)

    assert order == [10, 20, 11, 12, 13]


def test_the_place_shown_is_the_turn_that_comes() -> None:
    slots = slots_of(1)
    slots.settle(fetching(1), Wait(), NOW)
    queue(slots, *(a_torrent(number, "radarr") for number in range(10, 14)), a_torrent(20, "sonarr"))

    places = {number: slots.place(number) for number in (10, 20, 11, 12, 13)}

    assert [place.position for place in places.values() if place] == [1, 2, 3, 4, 5]
    assert places[13] is not None
    assert places[10] is not None
    assert places[13].seconds > places[10].seconds > 0


def test_who_was_moved_to_the_top_goes_first_and_who_is_forced_before_all() -> None:
    slots = slots_of(1)
    slots.settle(fetching(1), Wait(), NOW)
    queue(slots, a_torrent(2), a_torrent(3, rank=5), a_torrent(4, force_start=True))

    assert [slots.place(number).position for number in (4, 3, 2)] == [1, 2, 3]  # type: ignore[union-attr]

    queue(slots, a_torrent(2, rank=9))
    assert [slots.place(number).position for number in (4, 2, 3)] == [1, 2, 3]  # type: ignore[union-attr]


def test_slow_torrents_leave_slots_to_those_that_may_be_held() -> None:
    slots = slots_of(3, keep_free=1)
    for number in (1, 2):
        slots.settle(fetching(number), STAYS, NOW)

    assert not slots.has_room("one", 3, fetch=True)
    assert slots.has_room("one", 3, fetch=False)


def test_a_torrent_that_turns_out_slow_needs_a_slot_of_that_kind() -> None:
    slots = slots_of(2, keep_free=1)
    slots.settle(fetching(1), STAYS, NOW)
    slots.settle(fetching(2), Wait(), NOW)

    assert slots.has_room("one", 1, fetch=True)
    assert not slots.has_room("one", 2, fetch=True)


def test_with_every_slot_taken_the_first_to_turn_out_slow_may_stay() -> None:
    slots = slots_of(2, keep_free=1)
    slots.settle(fetching(1), Wait(), NOW)
    slots.settle(fetching(2), Wait(), NOW)

    assert slots.has_room("one", 1, fetch=True)
    slots.settle(fetching(1), STAYS, NOW)
    assert not slots.has_room("one", 2, fetch=True)


def test_what_was_on_its_way_before_a_restart_keeps_its_slot() -> None:
    slots = slots_of(1)
    slots.load([fetching(1, NOW - timedelta(hours=1)), a_torrent(2)])

    assert slots.has_room("one", 1, fetch=True)
    assert not slots.has_room("one", 2, fetch=False)
    assert slots.active("one") == 1


def test_who_leaves_the_line_or_goes_elsewhere_is_not_called() -> None:
    slots = slots_of(1)
    slots.settle(fetching(1), Wait(), NOW)
    queue(slots, a_torrent(2), a_torrent(3), a_torrent(4))
    assert slots.waiting("one") == 3

    slots.forget(2, NOW)
    slots.settle(a_torrent(3), Submit("two"), NOW)

    assert slots.place(3) is None
    assert slots.forget(1, NOW) == [4]


def test_a_called_torrent_that_does_not_come_passes_the_slot_on() -> None:
    slots = slots_of(1)
    slots.settle(fetching(1), Wait(), NOW)
    queue(slots, a_torrent(2), a_torrent(3))
    assert leaves(slots, a_torrent(1)) == [2]

    assert leaves(slots, a_torrent(2)) == [3]  # paused meanwhile, say


def test_nobody_overtakes_those_who_stand_in_line() -> None:
    slots = slots_of(2)
    slots.settle(fetching(1), Wait(), NOW)
    slots.settle(fetching(2), Wait(), NOW)
    queue(slots, a_torrent(3), a_torrent(4))
    assert leaves(slots, a_torrent(1)) == [3]

    assert not slots.has_room("one", 5, fetch=False)


def test_without_a_bound_there_is_always_room() -> None:
    slots = slots_of(0)
    for number in range(1, 1000):
        assert slots.has_room("one", number, fetch=False)
        slots.settle(fetching(number), Wait(), NOW)

    assert slots.place(1) is None


steps = st.sampled_from(["queue", "queue fetch", "submit", "fetching", "ended", "gone"])


@given(st.lists(st.tuples(st.integers(1, 8), steps), max_size=60))
def test_no_more_than_the_bound_are_ever_let_in_and_nobody_is_left_behind(
    story: list[tuple[int, str]],
) -> None:
    slots, most = slots_of(2, keep_free=1), 2
    called: set[int] = set()
    for number, deed in story:
        match deed:
            case "queue" | "queue fetch":
                fetch = deed == "queue fetch"
                if not slots.has_room("one", number, fetch=fetch):
                    called.update(slots.settle(a_torrent(number), Queue(("one",), fetch), NOW))
            case "submit":
                if slots.has_room("one", number, fetch=False):
                    called.update(slots.settle(a_torrent(number), Submit("one"), NOW))
            case "fetching":
                if slots.has_room("one", number, fetch=False):
                    called.update(slots.settle(fetching(number), Wait(), NOW))
            case "ended":
                called.update(slots.settle(a_torrent(number), Wait(), NOW))
            case "gone":
                called.update(slots.forget(number, NOW))
        assert slots.active("one") <= most

    for _ in range(20):  # whoever is in leaves: in the end everybody had a turn
        for number in range(1, 9):
            if slots.place(number) is None:
                slots.settle(a_torrent(number), Wait(), NOW)
    assert slots.waiting("one") == 0
