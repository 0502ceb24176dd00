"""What waits in the outbox, taken to its receivers: each has a lane of its own, so none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Fault
from qbitproxy.notifiers.ways import Courier, Ways
from qbitproxy.outbox import Delivery, Outbox, State
from qbitproxy.workers.pulse import Pulse

log = structlog.get_logger()

TICK, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
MOST_LANES = 16
LOOKED_UP_AT_ONCE = 50


class Persistence(Struct, frozen=True, kw_only=True):
    """How often a receiver that does not answer is tried."""

    first_retry: timedelta  # doubles with every try, up to a day
    give_up: timedelta  # after this a delivery is dead


class Deliver:
    """Delivers at least once: a try that was cut short by the end of the process is made again."""

    def __init__(
        self, outbox: Outbox, ways: Ways, persistence: Persistence, pulse: Pulse, clock: Clock
    ) -> None:
        self._outbox, self._ways, self._persistence = outbox, ways, persistence
        self._pulse, self._clock = pulse, clock
        self._lanes: set[str] = set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._pulse.beat("deliver", MINUTE)
                for receiver in await self._outbox.receivers_due(self._clock.now()):
                    if receiver not in self._lanes and len(self._lanes) < MOST_LANES:
                        self._lanes.add(receiver)
                        group.create_task(self._lane(receiver))
                await self._clock.sleep(TICK)

    async def serve(self, receiver: str) -> None:
        """Tell one receiver everything that is due, one message after the other."""
        courier = self._ways.courier(receiver)
        while due := await self._outbox.due(
            receiver, self._clock.now(), max(courier.most, LOOKED_UP_AT_ONCE)
        ):
            for begin in range(0, len(due), courier.most):
                await self._outbox.settle(await self._tried(courier, due[begin : begin + courier.most]))
                if courier.pause:
                    await self._clock.sleep(courier.pause)

    async def _lane(self, receiver: str) -> None:
        try:
            await self.serve(receiver)
        finally:
            self._lanes.discard(receiver)

    async def _tried(self, courier: Courier, due: Sequence[Delivery]) -> list[Delivery]:
        try:
            await courier.deliver(due, self._clock)
        except Fault as fault:
            return [self._failed(delivery, fault) for delivery in due]
        except Exception as bug:  # kept as it is, it would end the process at every start
            if len(due) > 1:
                return [tried for delivery in due for tried in await self._tried(courier, [delivery])]
            log.exception("delivery_broke", id=due[0].id, receiver=due[0].receiver)
            return [self._failed(due[0], Fault(due[0].receiver, f"{type(bug).__name__}: see the log"))]
        now = self._clock.now()
        return [
            replace(
                delivery,
                attempts=delivery.attempts + 1,
                tried=now,
                due=None,
                state=State.DELIVERED,
                outcome="delivered",
            )
            for delivery in due
        ]

    def _failed(self, delivery: Delivery, fault: Fault) -> Delivery:
        now, attempts = self._clock.now(), delivery.attempts + 1
        wait = min(self._persistence.first_retry * 2 ** min(attempts - 1, 30), DAY)
        again = now + max(wait, timedelta(seconds=fault.retry_after or 0))
        tried = replace(delivery, attempts=attempts, tried=now, due=again, outcome=fault.detail)
        if again - delivery.created <= self._persistence.give_up:
            return tried
        log.warning("delivery_dead", id=delivery.id, receiver=delivery.receiver, detail=fault.detail)
        return replace(tried, due=None, state=State.DEAD)
