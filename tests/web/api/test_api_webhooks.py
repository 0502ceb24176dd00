"""What a person sees of webhooks, and does about dead ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qbitproxy.outbox import Delivery, State
from tests.support import ManualClock
from tests.web.stand import SIGNING_KEY, Stand, a_stand

SECRET_URL = "https://hooks.example/services/fake-secret-path?key=fake"


async def queue(stand: Stand, clock: ManualClock, *states: State) -> None:
    """One delivery for each state, as if it had been tried."""
    now = clock.now()
    await stand.outbox.put(
        [
            Delivery(
                event_id=f"event-{number}",
                torrent=number,
                kind="torrent.failed",
                receiver="https://hooks.example",
                url=SECRET_URL,
                payload=b"{}",
                created=now,
                due=now if state is State.WAITING else None,
                state=state,
                outcome="answered 500",
                attempts=3,
            )
            for number, state in enumerate(states, 1)
        ]
    )


async def get(stand: Stand, path: str) -> tuple[int, Any]:
    async with stand.client.get(path, headers=stand.bearer) as answer:
        return answer.status, await answer.json()


async def post(stand: Stand, path: str) -> tuple[int, Any]:
    async with stand.client.post(path, headers=stand.bearer) as answer:
        return answer.status, await answer.json()


async def test_the_signing_key_is_shown_with_how_things_stand(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_stand(tmp_path, clock=clock) as stand:
        await queue(stand, clock, State.WAITING, State.DEAD, State.DEAD)

        status, told = await get(stand, "/api/webhooks")

    assert (status, told) == (200, {"signing_key": SIGNING_KEY, "waiting": 1, "delivered": 0, "dead": 2})


async def test_deliveries_are_listed_page_by_page_without_their_urls(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_stand(tmp_path, clock=clock) as stand:
        await queue(stand, clock, State.DELIVERED, State.DEAD, State.WAITING)

        _, first = await get(stand, "/api/webhooks/deliveries?limit=2")
        _, second = await get(stand, f"/api/webhooks/deliveries?limit=2&before={first['before']}")
        _, dead = await get(stand, "/api/webhooks/deliveries?state=dead")

    assert [each["event_id"] for each in first["deliveries"]] == ["event-3", "event-2"]
    assert [each["event_id"] for each in second["deliveries"]] == ["event-1"]
    assert second["before"] is None
    [letter] = dead["deliveries"]
    assert (letter["receiver"], letter["outcome"], letter["attempts"]) == (
        "https://hooks.example",
        "answered 500",
        3,
    )
    assert "fake-secret-path" not in str(first) + str(second) + str(dead)


async def test_parameters_that_make_no_sense_are_refused_by_name(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        for query in ("state=lost", "limit=0", "limit=many", "before=-1", "colour=red"):
            status, told = await get(stand, f"/api/webhooks/deliveries?{query}")

            assert status == 400
            assert query.partition("=")[0] in told["detail"]


async def test_a_dead_delivery_is_replayed_once_and_others_are_left_alone(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_stand(tmp_path, clock=clock) as stand:
        await queue(stand, clock, State.DEAD, State.DEAD, State.DELIVERED)

        assert await post(stand, "/api/webhooks/deliveries/1/replay") == (200, {"replayed": 1})
        assert (await post(stand, "/api/webhooks/deliveries/1/replay"))[0] == 404
        assert (await post(stand, "/api/webhooks/deliveries/3/replay"))[0] == 404
        assert await post(stand, "/api/webhooks/deliveries/replay") == (200, {"replayed": 1})
        _, told = await get(stand, "/api/webhooks")

    assert (told["waiting"], told["dead"]) == (2, 0)


async def test_nobody_sees_any_of_it_without_credentials(tmp_path: Path) -> None:
    async with a_stand(tmp_path) as stand:
        for method, path in (
            ("GET", "/api/webhooks"),
            ("GET", "/api/webhooks/deliveries"),
            ("POST", "/api/webhooks/deliveries/replay"),
            ("POST", "/api/webhooks/deliveries/1/replay"),
        ):
            async with stand.client.request(method, path) as answer:
                assert answer.status == 401
