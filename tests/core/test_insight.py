"""What is known where nobody works."""

from __future__ import annotations

from qbitproxy.core.insight import Nothing


def test_without_workers_nothing_is_wrong_and_nobody_waits() -> None:
    nothing = Nothing()

    assert (nothing.problems(), nothing.queue_place(1), nothing.providers()) == ((), None, ())
    assert nothing.hooks() == {}
