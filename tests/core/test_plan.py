"""What should be done next, without doing it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.choice import Standing
from qbitproxy.core.faults import Reason
from qbitproxy.core.plan import (
    LONGEST_WAIT,
    Abandon,
    Check,
    Collect,
    Confirm,
    GiveUp,
    Place,
    Queue,
    Release,
    Report,
    Submit,
    Wait,
    World,
    back_off,
    next_step,
    spread,
)
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.torrent import (
    Accepted,
    Action,
    Confirming,
    Failed,
    Fetching,
    Gone,
    Phase,
    Placing,
    Ready,
    RefusalNote,
    Remote,
    RemoteFile,
    Removing,
    Request,
    Torrent,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REMOTE = Remote("one", "ID")
FILES = (RemoteFile(id="1", path="a.mkv", size=1),)
PLACING = Placing(REMOTE, NOW, "Folder", FILES)
CONFIRMING = Confirming(REMOTE, NOW, "Folder", FILES, "/d/a")


def a_torrent(phase: Phase | None = None, **changes: object) -> Torrent:
    torrent = Torrent(
        id=7,
        infohash="b" * 40,
        category="radarr",
        name="Movie",
        save_path="/d",
        request=Request(),
        added_at=NOW,
        phase=phase or Accepted(),
    )
    return replace(torrent, **changes)  # type: ignore[arg-type]


def a_world(**changes: object) -> World:
    world = World(now=NOW, providers={"one": Standing(), "two": Standing()})
    return replace(world, **changes)  # type: ignore[arg-type]


ALONE: dict[str, Standing] = {"one": Standing()}
"""Nobody else to try, so that patience alone decides."""


def an_item(state: ItemState, **changes: object) -> RemoteItem:
    item = RemoteItem(id="ID", infohash="b" * 40, name="Folder", state=state)
    return replace(item, **changes)  # type: ignore[arg-type]


def submits(step: object) -> str:
    """The provider a step submits to, "" for any other step."""
    return step.provider if isinstance(step, Submit) else ""


def refused(*names: str) -> tuple[RefusalNote, ...]:
    return tuple(RefusalNote(provider=n, reason=Reason.NOT_CACHED, detail=f"{n} has it not") for n in names)


def test_the_first_provider_in_order_is_asked() -> None:
    assert submits(next_step(a_torrent(), a_world())) == "one"


def test_a_provider_that_refused_is_passed_over() -> None:
    assert submits(next_step(a_torrent(refusals=refused("one")), a_world())) == "two"


def test_a_resting_provider_is_passed_over() -> None:
    rests = Standing(resting_until=NOW + timedelta(minutes=1))

    assert submits(next_step(a_torrent(), a_world(providers={"one": rests, "two": Standing()}))) == "two"


def test_with_every_open_provider_resting_the_torrent_waits_for_the_first_to_wake() -> None:
    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=9)
    providers = {"one": Standing(resting_until=later), "two": Standing(resting_until=soon)}

    assert next_step(a_torrent(), a_world(providers=providers)) == Wait(soon + spread(7))


def test_a_provider_whose_rest_is_over_is_asked_again() -> None:
    assert submits(next_step(a_torrent(), a_world(providers={"one": Standing(resting_until=NOW)}))) == "one"


def test_only_the_provider_that_was_asked_for_is_asked() -> None:
    assert submits(next_step(a_torrent(request=Request(provider="two")), a_world())) == "two"


def test_a_torrent_that_everybody_refused_is_given_up_with_the_last_reason() -> None:
    step = next_step(a_torrent(refusals=refused("one", "two")), a_world())

    assert step == GiveUp(Reason.NOT_CACHED, "two has it not")


@pytest.mark.parametrize("providers", [{}, {"three": Standing()}])
def test_without_a_provider_to_ask_a_torrent_waits_and_is_not_failed(providers: dict[str, Standing]) -> None:
    torrent = a_torrent(request=Request(provider="one"))

    assert next_step(torrent, a_world(providers=providers)) == Wait()


def test_a_stumbled_torrent_waits_until_its_time() -> None:
    later = NOW + timedelta(seconds=1)

    assert next_step(a_torrent(retry_at=later), a_world()) == Wait(later)
    assert submits(next_step(a_torrent(retry_at=NOW), a_world())) == "one"


@pytest.mark.parametrize("phase", [Accepted(), Fetching(REMOTE, NOW), PLACING, CONFIRMING])
def test_a_paused_torrent_only_waits(phase: Phase) -> None:
    assert next_step(a_torrent(phase, paused=True), a_world(item=an_item(ItemState.DONE))) == Wait()


@pytest.mark.parametrize("phase", [Ready(REMOTE, FILES, "/d/a"), Failed(Reason.STALLED, "", True), Gone()])
def test_an_ended_torrent_wants_nothing(phase: Phase) -> None:
    assert next_step(a_torrent(phase), a_world()) == Wait()


def test_a_failure_is_reported_once() -> None:
    failed = Failed(Reason.STALLED, "x", False)

    assert next_step(a_torrent(failed), a_world()) == Report(failed)


@pytest.mark.parametrize(
    ("item", "step"),
    [
        (None, Wait()),
        (an_item(ItemState.DONE, id="OTHER"), Wait()),
        (an_item(ItemState.DONE), Collect(REMOTE)),
        (an_item(ItemState.UNPREPARED), Submit("one")),
        (
            an_item(ItemState.FAILED, reason=Reason.FILTERED_BY_PROVIDER, detail="virus"),
            Abandon(REMOTE, Reason.FILTERED_BY_PROVIDER, "virus"),
        ),
        (an_item(ItemState.FAILED), Abandon(REMOTE, Reason.NO_SEEDS, "")),
        (an_item(ItemState.CONVERTING), Wait(NOW + timedelta(minutes=10), stays=True)),
        (an_item(ItemState.QUEUED), Wait(NOW + timedelta(seconds=10))),
    ],
)
def test_the_remote_item_decides_what_a_fetching_torrent_wants(item: RemoteItem | None, step: object) -> None:
    assert next_step(a_torrent(Fetching(REMOTE, NOW)), a_world(item=item, providers=ALONE)) == step


def test_an_uncached_torrent_is_abandoned_when_nobody_allowed_it() -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(seconds=10)))

    step = next_step(torrent, a_world(item=an_item(ItemState.FETCHING)))

    assert isinstance(step, Abandon)
    assert step.reason is Reason.NOT_CACHED


def test_a_magnet_without_metadata_is_abandoned_after_its_patience() -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(minutes=10)))

    step = next_step(torrent, a_world(item=an_item(ItemState.CONVERTING), providers=ALONE))

    assert isinstance(step, Abandon)
    assert step.reason is Reason.NO_SEEDS


def test_an_allowed_uncached_torrent_is_watched_until_it_stalls() -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(days=1)), request=Request(uncached=True))
    world = a_world(item=an_item(ItemState.FETCHING), providers=ALONE)

    moving = next_step(torrent, replace(world, moved_at=NOW - timedelta(hours=1)))
    stalled = next_step(torrent, replace(world, moved_at=NOW - timedelta(hours=6)))

    assert moving == Wait(NOW + timedelta(hours=5), stays=True)
    assert isinstance(stalled, Abandon)
    assert stalled.reason is Reason.STALLED


@pytest.mark.parametrize(
    ("late", "wait"),
    [
        (timedelta(), timedelta(seconds=1)),
        (timedelta(seconds=4), timedelta(seconds=4)),
        (timedelta(days=3), timedelta(seconds=15)),
    ],
)
def test_patience_ends_with_a_look_and_not_while_nobody_can_look(late: timedelta, wait: timedelta) -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(seconds=10) - late))
    world = a_world(item=an_item(ItemState.FETCHING))

    unseen = next_step(torrent, replace(world, looked_at=NOW - late - timedelta(seconds=1)))
    seen = next_step(torrent, replace(world, looked_at=NOW))

    assert unseen == Wait(NOW + wait)
    assert isinstance(seen, Abandon)


@pytest.mark.parametrize("state", [ItemState.CONVERTING, ItemState.QUEUED, ItemState.FETCHING])
def test_who_does_not_hold_it_gives_way_to_others_that_may(state: ItemState) -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(seconds=10)), request=Request(uncached=True))

    step = next_step(torrent, a_world(item=an_item(state)))

    assert step == Abandon(REMOTE, Reason.NOT_CACHED, "one does not hold it yet")


def test_without_a_slot_to_stay_in_an_uncached_torrent_goes_back_to_the_line() -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(seconds=10)), request=Request(uncached=True))
    full = a_world(item=an_item(ItemState.FETCHING), providers={"one": Standing(fetch_room=False)})

    assert isinstance(next_step(torrent, full), Abandon)


def test_a_torrent_whose_provider_nobody_polls_any_more_does_not_wait_for_its_list() -> None:
    step = next_step(a_torrent(Fetching(REMOTE, NOW)), a_world(connected=False))

    assert step == Collect(REMOTE)


def test_a_provider_that_is_no_longer_configured_may_fetch_nothing() -> None:
    torrent = a_torrent(Fetching(REMOTE, NOW - timedelta(seconds=10)), request=Request(uncached=True))

    step = next_step(torrent, a_world(item=an_item(ItemState.FETCHING), providers={}))

    assert isinstance(step, Abandon)


@pytest.mark.parametrize(
    ("standing", "step"),
    [
        (Standing(asked=False), Check(("one",))),
        (Standing(room=False), Queue(("one",), fetch=False)),
        (Standing(holds=False, uncached=True, fetch_room=False), Queue(("one",), fetch=True)),
        (Standing(holds=False), GiveUp(Reason.NOT_CACHED, "one cannot serve it at once")),
    ],
)
def test_a_choice_becomes_a_step(standing: Standing, step: object) -> None:
    assert next_step(a_torrent(), a_world(providers={"one": standing})) == step


@pytest.mark.parametrize(("phase", "step"), [(PLACING, Place(PLACING)), (CONFIRMING, Confirm(CONFIRMING))])
def test_an_invisible_path_is_given_up_once_it_was_looked_for_as_long_as_its_patience(
    phase: Phase, step: object
) -> None:
    late = a_world(now=NOW + timedelta(hours=1))
    unseen = a_torrent(phase, waiting_for="/mnt/x", unseen_since=NOW)

    assert next_step(unseen, late) == step
    assert next_step(replace(unseen, retry_at=NOW + timedelta(minutes=29)), late) == step
    assert next_step(replace(unseen, retry_at=NOW + timedelta(minutes=31)), late) == GiveUp(
        Reason.PATH_NOT_VISIBLE, "/mnt/x"
    )


@pytest.mark.parametrize(
    ("action", "finished", "asked", "releases"),
    [
        (Action.SYMLINK, True, None, False),
        (Action.SYMLINK, False, None, True),
        (Action.SYMLINK, True, True, True),
        (Action.DOWNLOAD, True, None, True),
        (Action.DOWNLOAD, True, False, False),
        (Action.NONE, True, None, False),
    ],
)
def test_removal_frees_the_remote_item_only_when_no_library_can_point_at_it(
    action: Action, finished: bool, asked: bool | None, releases: bool
) -> None:
    phase = Removing(True, asked, finished, REMOTE, "/d/a")

    step = next_step(a_torrent(phase, request=Request(action=action)), a_world())

    assert step == Release(phase, releases)


def test_downloaded_content_keeps_its_remote_item_when_policy_says_so() -> None:
    phase = Removing(True, None, True, REMOTE, "/d/a")
    torrent = a_torrent(phase, request=Request(action=Action.DOWNLOAD))

    assert next_step(torrent, a_world(release_downloaded=False)) == Release(phase, False)


def test_removal_without_a_remote_item_has_none_to_free() -> None:
    phase = Removing(True, True, False)

    assert next_step(a_torrent(phase, paused=True), a_world()) == Release(phase, False)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=10_000))
def test_the_wait_grows_to_a_bound_and_differs_between_torrents(torrent_id: int, stumbles: int) -> None:
    wait = back_off(torrent_id, stumbles)

    assert timedelta(seconds=2) <= wait <= LONGEST_WAIT * 1.1
    assert back_off(torrent_id, stumbles + 1) >= wait
