"""Our webhooks at the Arrs: set up, kept, taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import structlog
from msgspec import Struct

from qbitproxy.core.faults import Fault, Unreachable
from qbitproxy.core.insight import Hook, HookState
from qbitproxy.core.plan import back_off
from qbitproxy.core.ports import Arr, DownloadClient
from qbitproxy.hooks import Hooks
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.pulse import Pulse

log = structlog.get_logger()

TICK = timedelta(seconds=10)
EVERY = timedelta(days=1)
"""How often a webhook is set up anew, as somebody may have taken it away."""
LONGEST_WAIT = timedelta(hours=1)
"""The most between two tries."""

NOWHERE = "has no download client that is surely us, so nothing says where it reaches us: set server.address"
SILENT = "took the webhook, but what it sent as a test did not arrive here: check server.address"


class Wish(Struct, frozen=True, kw_only=True):
    """What the settings want of one Arr."""

    wanted: bool
    url: str  # its own, by which it introduces itself
    category: str


class Hooking(Struct, frozen=True, kw_only=True):
    """Which Arrs are to tell us of their libraries, and where."""

    arrs: Mapping[str, Wish]  # by name
    address: str  # ours as they reach it, "" when each is to be asked
    base: str  # the path below which we are served, "" or "/something"


class RegisterHooks:
    """Sets up a webhook at each Arr that is to have one, takes it away from the others."""

    def __init__(
        self, hands: Hands, pulse: Pulse, hooking: Hooking, hooks: Hooks, username: Callable[[], str]
    ) -> None:
        """`username` is the name of our account as of now."""
        self._hands, self._pulse, self._hooking = hands, pulse, hooking
        self._hooks, self._username = hooks, username
        self._failures: dict[str, int] = {}  # in a row
        self._due: dict[str, datetime | None] = {}  # None: never again
        self.states = {
            name: Hook(HookState.PENDING if wish.wanted else HookState.OFF)
            for name, wish in hooking.arrs.items()
        }
        """How each stands, for whoever looks."""

    async def run(self) -> None:
        """Set up and keep until cancelled."""
        while True:
            for name, wish in self._hooking.arrs.items():
                self._beat()
                due = self._due.get(name, self._hands.clock.now())
                if due is not None and due <= self._hands.clock.now():
                    await self._settle(name, wish)
            self._beat()
            await self._hands.clock.sleep(TICK)

    def _beat(self) -> None:
        self._pulse.beat("hooks", timedelta(minutes=2))

    async def _settle(self, name: str, wish: Wish) -> None:
        hand = self._hands.arrs.hand(name)
        if hand is None:
            return
        now = self._hands.clock.now()
        try:
            if wish.wanted:
                problem = await self._register(name, wish, hand.arr)
            else:
                await hand.arr.unregister_webhook()
                problem = ""
        except Fault as fault:
            problem = f"does not take our webhook: {fault.detail}"
        if problem:
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            self._due[name] = now + back_off(0, failures, LONGEST_WAIT)
            self._note(name, Hook(HookState.FAILED, problem) if wish.wanted else Hook(HookState.OFF))
        else:
            self._failures[name] = 0
            self._due[name] = now + EVERY if wish.wanted else None
            self._note(name, Hook(HookState.REGISTERED if wish.wanted else HookState.OFF))

    async def _register(self, name: str, wish: Wish, arr: Arr) -> str:
        """Set up the webhook where it is sure to arrive; what stands in the way, "" when nothing does."""
        problem, astray = NOWHERE, False
        for address in await self._addresses(wish, arr):
            self._beat()
            heard = self._hooks.heard(name)
            try:
                await arr.register_webhook(
                    f"{address}/api/arrs/{quote(name, safe='')}/events", self._hooks.secret(name)
                )
            except Unreachable as fault:
                problem = f"does not take our webhook: {fault.detail}"
                continue
            if self._hooks.heard(name) > heard:
                return ""
            problem, astray = SILENT, True
        if astray:
            await arr.unregister_webhook()
        return problem

    async def _addresses(self, wish: Wish, arr: Arr) -> Sequence[str]:
        """Where we may be found, the likeliest first."""
        address, base = self._hooking.address.rstrip("/"), self._hooking.base
        if address:
            return [address if address.endswith(base) else f"{address}{base}"]
        return addresses(await arr.clients(), wish, self._username())

    def _note(self, name: str, hook: Hook) -> None:
        if hook == self.states[name]:
            return
        self.states[name] = hook
        if hook.state is HookState.FAILED:
            log.warning("webhook_not_registered", arr=name, detail=hook.problem)
        else:
            log.info("webhook_settled", arr=name, state=hook.state.value)


def addresses(clients: Iterable[DownloadClient], wish: Wish, username: str) -> list[str]:
    """Where an Arr reaches us, the surest first: it logs in as itself, else to our account or with a key.

    Of the latter only what has its category counts, as any qBittorrent may have such a name.
    """
    known = list(clients)
    as_itself = [each.url for each in known if _same(each.username, wish.url)]
    as_us = [each.url for each in known if each.username in ("", username) and each.category == wish.category]
    return list(dict.fromkeys(as_itself + as_us))


def _same(first: str, second: str) -> bool:
    return first.rstrip("/").lower() == second.rstrip("/").lower()
