"""Faults say who failed, why, when to come back."""

from __future__ import annotations

import pytest

from qbitproxy.core.faults import EFFECTS, Busy, Denied, Effect, Fault, Missing, Reason, Refusal, Unreachable


@pytest.mark.parametrize("kind", [Unreachable, Busy, Denied, Missing])
def test_a_fault_reads_as_its_owner_and_what_he_said(kind: type[Fault]) -> None:
    fault = kind("torbox", "no answer within 30 s")

    assert str(fault) == "torbox: no answer within 30 s"
    assert (fault.owner, fault.detail, fault.retry_after) == ("torbox", "no answer within 30 s", None)


def test_a_fault_may_say_when_to_come_back() -> None:
    assert Busy("torbox", "slow down", retry_after=60).retry_after == 60


def test_a_refusal_always_has_a_reason_and_leaves_no_wait() -> None:
    refusal = Refusal("torbox", "infringing", reason=Reason.FILTERED_BY_PROVIDER)

    assert (refusal.reason, refusal.retry_after) == (Reason.FILTERED_BY_PROVIDER, None)


@pytest.mark.parametrize("reason", [Reason.OUTAGE, Reason.QUOTA, Reason.PATH_NOT_VISIBLE, Reason.BUG])
def test_what_says_nothing_about_the_release_blocks_no_release(reason: Reason) -> None:
    assert EFFECTS[reason] is not Effect.REPORT


def test_every_other_reason_makes_an_arr_look_for_another_release() -> None:
    assert list(EFFECTS.values()).count(Effect.REPORT) == len(Reason) - 4
