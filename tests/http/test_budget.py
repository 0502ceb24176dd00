"""What an account may spend within an hour."""

from __future__ import annotations

from datetime import timedelta

from qbitproxy.budget import Budget
from qbitproxy.core.calls import Purpose, Use
from tests.support import ManualClock


def test_urgent_calls_go_on_when_the_budget_of_others_is_spent() -> None:
    budget = Budget(ManualClock(), 10)
    for _ in range(4):
        budget.spend(Purpose.REPAIR)

    assert budget.wait_for(Purpose.REPAIR) > 0
    assert budget.wait_for(Purpose.POLL) == 0

    for _ in range(6):
        budget.spend(Purpose.ADD)
    assert budget.wait_for(Purpose.ADD) > 0


def test_what_was_spent_comes_back_after_an_hour() -> None:
    clock = ManualClock()
    budget = Budget(clock, 2)
    budget.spend(Purpose.ADD)
    clock.advance(timedelta(minutes=30))
    budget.spend(Purpose.ADD)

    wait = budget.wait_for(Purpose.ADD)
    clock.advance(timedelta(seconds=wait))

    assert 30 * 60 <= wait <= 31 * 60
    assert budget.wait_for(Purpose.ADD) == 0


def test_use_names_every_purpose_with_what_is_left() -> None:
    budget = Budget(ManualClock(), 100)
    budget.spend(Purpose.POLL)

    assert budget.use() == {
        Purpose.ADD: Use(0, 99),
        Purpose.LINK: Use(0, 89),
        Purpose.POLL: Use(1, 69),
        Purpose.REPAIR: Use(0, 39),
    }


def test_a_service_without_a_pace_has_no_bound() -> None:
    budget = Budget(ManualClock(), 0)
    for _ in range(10_000):
        budget.spend(Purpose.REPAIR)

    assert budget.wait_for(Purpose.REPAIR) == 0
    assert budget.use()[Purpose.REPAIR] == Use(10_000, None)
