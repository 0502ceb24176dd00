"""What the workers know, for those who look at the daemon from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qbitproxy.core.insight import Hook, ProviderState, QueuePlace
from qbitproxy.workers.accounts import WARN_BEFORE
from qbitproxy.workers.hands import Hands


class WorkersInsight:
    """What each method promises is written once, in `core.insight.Insight`."""

    def __init__(self, hands: Hands, hooks: Mapping[str, Hook]) -> None:
        self._hands, self._hooks = hands, hooks

    def problems(self) -> Sequence[str]:
        told = [(state.name, state.problem) for state in self.providers()]
        told += [(name, hook.problem) for name, hook in self._hooks.items()]
        return [f"{name} {problem}" for name, problem in told if problem]

    def queue_place(self, torrent_id: int) -> QueuePlace | None:
        return self._hands.slots.place(torrent_id)

    def providers(self) -> Sequence[ProviderState]:
        hands = self._hands
        return [
            ProviderState(
                name=name,
                account=hands.accounts.get(name),
                problem=self._problem(name),
                resting_until=hands.resting_until(name),
                active=hands.slots.active(name),
                slots=hands.slots.most(name),
                waiting=hands.slots.waiting(name),
                calls=hand.use(),
            )
            for name, hand in hands.providers.items()
        ]

    def hooks(self) -> Mapping[str, Hook]:
        return self._hooks

    def _problem(self, name: str) -> str:
        hands, now = self._hands, self._hands.clock.now()
        rest = hands.rests.get(name)
        if rest is not None and rest.until > now:
            return f"{rest.why}. It is asked again at {rest.until:%H:%M} UTC"
        until = hands.resting_until(name)
        if until is not None:
            return f"does not answer. It is asked again at {until:%H:%M:%S} UTC"
        account = hands.accounts.get(name)
        if account is not None and account.premium_until is not None:
            left = account.premium_until - now
            if left <= WARN_BEFORE:
                return f"loses its premium on {account.premium_until:%Y-%m-%d}: renew it in time"
        return ""
