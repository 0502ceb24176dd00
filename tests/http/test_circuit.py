"""A failing service is left alone, then tried by one call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qbitproxy.circuit import LONGEST_AFTER_ANSWER, LONGEST_REST, Circuit
from qbitproxy.core.faults import Busy, Unreachable
from tests.http.desk import a_desk
from tests.support import ManualClock


def test_one_odd_answer_is_forgiven_but_not_two_in_a_row() -> None:
    circuit = Circuit(ManualClock(), "main")

    circuit.failed(silent=False)
    assert circuit.rests_for() == 0
    circuit.worked()
    circuit.failed(silent=False)
    assert circuit.rests_for() == 0
    circuit.failed(silent=False)

    assert circuit.rests_for() > 0


def test_after_a_rest_a_single_probe_decides() -> None:
    clock = ManualClock()
    circuit = Circuit(clock, "main")
    circuit.failed(silent=True)
    clock.advance(timedelta(seconds=circuit.rests_for() + 1))
    assert circuit.rests_for() == 0

    circuit.enter()
    assert circuit.rests_for() > 0  # for everybody else
    circuit.worked()

    assert circuit.rests_for() == 0


def test_a_probe_that_is_cancelled_leaves_its_turn_to_the_next() -> None:
    clock = ManualClock()
    circuit = Circuit(clock, "main")
    circuit.failed(silent=True)
    clock.advance(timedelta(seconds=circuit.rests_for() + 1))

    circuit.enter()
    circuit.leave()

    assert circuit.rests_for() == 0


def test_rests_grow_up_to_a_bound() -> None:
    clock = ManualClock()
    circuit = Circuit(clock, "main")
    rests = []
    for _ in range(12):
        circuit.failed(silent=True)
        rests.append(round(circuit.rests_for()))
        clock.advance(timedelta(seconds=rests[-1] + 1))
        circuit.enter()

    assert rests == sorted(rests)
    assert rests[1] > rests[0]
    assert LONGEST_REST <= rests[-1] <= LONGEST_REST * 1.2


def test_who_answers_rests_for_a_minute_at_most_since_one_torrent_alone_may_be_the_reason() -> None:
    clock = ManualClock()
    circuit = Circuit(clock, "main")
    rests = []
    for _ in range(12):
        circuit.failed(silent=False)
        rests.append(round(circuit.rests_for()))
        clock.advance(timedelta(seconds=rests[-1] + 1))
        circuit.enter()

    assert rests == sorted(rests)
    assert LONGEST_AFTER_ANSWER <= max(rests) <= LONGEST_AFTER_ANSWER * 1.2


@pytest.mark.parametrize("body", [b"", b"<html>down</html>", {"error": "nobody knows this one"}])
async def test_a_service_that_is_down_is_not_called_while_it_rests(body: object) -> None:
    clock = ManualClock()
    async with a_desk(clock, rests=True) as (desk, http):
        outage = desk.fault(status=503, body=body, times=None)
        for _ in range(2):
            with pytest.raises(Unreachable, match="HTTP 503"):
                await http.call("GET", "echo")

        with pytest.raises(Unreachable, match="left alone") as caught:
            await http.call("GET", "echo")
        assert desk.calls() == 2

        outage.lift()
        clock.advance(timedelta(seconds=(caught.value.retry_after or 0) + 1))
        await http.call("GET", "echo")
        await http.call("GET", "echo")


async def test_an_error_that_the_service_has_a_name_for_is_no_outage() -> None:
    async with a_desk(rests=True) as (desk, http):
        desk.fault(status=503, body={"error": "traffic"}, times=None)

        for _ in range(5):
            with pytest.raises(Busy, match="traffic"):
                await http.call("GET", "echo")


async def test_an_odd_answer_about_one_torrent_among_others_opens_nothing() -> None:
    async with a_desk(rests=True) as (desk, http):
        desk.fault("POST /echo", status=500, body={"error": "nobody knows this one"}, times=None)

        for _ in range(5):
            with pytest.raises(Unreachable, match="HTTP 500"):
                await http.call("POST", "echo")
            await http.call("GET", "echo")
