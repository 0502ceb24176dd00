"""The tables of what many torrents and failing services do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.bursts import WATCHED, Burst, Kill
from benchmarks.failover import Outage
from benchmarks.spending import WATCHED_RATE, Spent
from qbitproxy.providers import PROVIDERS

MOST_SECONDS = 3.0  # to another service, besides a timeout
MOST_RECORDING = 10.0  # seconds for a thousand adds


def spending_tables(watched: Sequence[Spent], idle: Sequence[Spent]) -> Iterator[str]:
    """Calls of the account."""
    yield "## Calls that torrents cost their account\n"
    yield (
        "In emulated time, against an emulated Real-Debrid that counts every call. The first rows: ten "
        f"minutes of torrents that it works on without getting anywhere, at {WATCHED_RATE:.0f} times the "
        "speed of time. The last: one hour of finished torrents. What calls were for is what `/api/stats` "
        "says.\n"
    )
    yield "| Torrents | calls | add | link | poll | repair | Goal |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for spent in watched:
        ratio = f"flat: {spent.calls / watched[0].calls:.2f} of the first"
        yield f"| {spent.torrents:,} uncached, 10 min | {spent.calls} | {_purposes(spent)} | {ratio} |"
    for spent in idle:
        yield f"| {spent.torrents:,} finished, 1 h | {spent.calls} | {_purposes(spent)} | constant |"
    yield "\nThe hourly look at the account itself has no purpose of its own; it is counted with adds."
    yield verdict(
        {
            "calls of active torrents": max(spent.calls for spent in watched) <= watched[0].calls + 1,
            "calls of finished torrents": len({spent.calls for spent in idle}) == 1,
        }
    )


def failover_table(outages: Sequence[Outage]) -> Iterator[str]:
    """From a service that is down to the next."""
    yield "## To another service when the first is down\n"
    yield (
        "Two accounts, both seen well; then the first breaks. From `torrents/add` to `pausedUP` of a torrent "
        "that the second holds (in the first row: the first). Those that follow come while the first is left "
        "alone.\n"
    )
    yield (
        "| The first service | first torrent | of it one timeout | those that follow, median | Goal |\n"
        "| --- | --- | --- | --- | --- |"
    )
    for one in outages:
        yield (
            f"| {one.how} | {one.first:.2f} s | {one.timeout:.0f} s | {one.following * 1000:.0f} ms "
            f"| under {MOST_SECONDS:.0f} s and one timeout |"
        )
    yield verdict({f"when it {one.how}": one.first < MOST_SECONDS + one.timeout for one in outages})


def burst_tables(bursts: Sequence[Burst], kill: Kill) -> Iterator[str]:
    """Very many adds."""
    adds = bursts[0].adds
    yield "## Bursts of adds\n"
    yield (
        f"{adds:,} adds, each a request of its own over eight connections, every torrent cached; against the "
        "emulated services with the limits that they have in life, at the pace that each has by default. "
        f"Calls and torrents are those of the {WATCHED:.0f} s after the last add; what a service allows is "
        "in its page below `docs/providers`, of which only the torrents a day at Debrid-Link are left out.\n"
    )
    yield "| Service | all durable after | calls | of them told to slow down | torrents ready | Goal |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in bursts:
        yield (
            f"| {PROVIDERS[one.kind].title} | {one.recorded:.1f} s | {one.calls} | {one.refused} "
            f"| {one.ready} | under {MOST_RECORDING:.0f} s, 0 slow down |"
        )
    yield "\nThen a kill, with Real-Debrid.\n"
    yield "| What | Measured | Goal |\n| --- | --- | --- |"
    yield (
        f"| {kill.adds:,} adds in requests of 1,000 behind full slots, until durable "
        f"| {kill.recorded:.1f} s | |"
    )
    yield f"| of them listed after SIGKILL, start | {kill.listed:,} | {kill.adds:,} |"
    yield f"| start until the port answers | {kill.ready_after:.2f} s | |"
    yield f"| the queue goes on in order | {'yes' if kill.in_order else 'no'} | yes |"
    yield verdict(
        {f"recording a burst for {one.kind}": one.recorded < MOST_RECORDING for one in bursts}
        | {f"no slow down at {one.kind}": one.refused == 0 for one in bursts}
        | {
            "all listed after a kill": kill.listed == kill.adds,
            "the queue in order after a kill": kill.in_order,
        }
    )


def verdict(goals: Mapping[str, bool]) -> str:
    """Which of the goals were missed."""
    missed = ", ".join(goal for goal, reached in goals.items() if not reached)
    return f"\nGoals missed: {missed or 'none'}.\n"


def _purposes(spent: Spent) -> str:
    return " | ".join(str(spent.purposes[purpose]) for purpose in ("add", "link", "poll", "repair"))
