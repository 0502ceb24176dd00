"""The composition root: from settings to a running daemon."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
import structlog

from qbitproxy import __version__, systemd
from qbitproxy.accounts import Accounts, Rules, SetupCode
from qbitproxy.clock import SystemClock
from qbitproxy.core.clock import Clock
from qbitproxy.guard import guarded_session
from qbitproxy.hooks import Hooks
from qbitproxy.library import Library
from qbitproxy.notifiers.signature import Signer
from qbitproxy.outbox import Outbox
from qbitproxy.recent import Recent
from qbitproxy.references import References
from qbitproxy.repairs import Repairs
from qbitproxy.roster import Roster
from qbitproxy.serving import serving
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.editing import Editor
from qbitproxy.signals import Ending, heeded
from qbitproxy.sources import fetch
from qbitproxy.store import Store
from qbitproxy.threads import allow_many
from qbitproxy.web.app import build_app
from qbitproxy.web.keys import Editing
from qbitproxy.whole import put
from qbitproxy.wiring import (
    callback_urls,
    hands_of,
    hooking,
    notices,
    persistence,
    survey_rules,
    ward_of,
    watching,
    ways,
)
from qbitproxy.workers.accounts import WatchAccounts
from qbitproxy.workers.advance import Advance
from qbitproxy.workers.announce import Announce
from qbitproxy.workers.deliver import Deliver
from qbitproxy.workers.hooks import RegisterHooks
from qbitproxy.workers.insight import WorkersInsight
from qbitproxy.workers.leftovers import Leftovers
from qbitproxy.workers.poll import Poll
from qbitproxy.workers.pulse import Pulse
from qbitproxy.workers.queue_watch import WatchQueues
from qbitproxy.workers.repair import Repair
from qbitproxy.workers.survey import Surveys

log = structlog.get_logger()

DATABASE = "qbitproxy.db"
COOKIE_KEY, SIGNING_KEY, ARR_KEYS = "cookie.key", "webhook.key", "arrs.key"
DISK_DEADLINE = timedelta(seconds=2)
TRIM_EVERY = timedelta(hours=6)


async def run_until_stopped(
    settings: Settings,
    reload: Callable[[], Settings | None],
    state: Path,
    listener: socket.socket,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    editor: Editor,
    recent: Recent | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP builds everything again from what `reload` gives.

    None is nothing to go on with: then everything stays as it runs.
    """
    allow_many()

    def read_again() -> None:
        nonlocal settings
        fresh = reload()
        if fresh is not None:
            settings = fresh
            signals.ask(Ending.RELOAD)

    async with heeded(read_again) as signals:
        while not signals.stop_asked:
            editing, ending = Editing(editor, read_again), signals.ending()
            await run(settings, state, listener, environ, say, ending, editing=editing, recent=recent)


async def run(
    settings: Settings,
    state: Path,
    listener: socket.socket,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    ending: asyncio.Future[Ending],
    clock: Clock | None = None,
    editing: Editing | None = None,
    recent: Recent | None = None,
) -> None:
    """Run until `ending` is decided. `say` shows a person how to set this up; `clock` None is the real one.

    `recent` holds the latest lines of the log, for clients.

    Raises what a worker loop or the writer could not survive; the service manager starts us again.
    """
    clock = clock or SystemClock()
    prepare(state)
    await _make_room(Path(settings.files.download_root))
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())
        )
        callbacks = await stack.enter_async_context(guarded_session(settings.webhooks.allow_private))
        sources = await stack.enter_async_context(guarded_session(settings.network.allow_private_sources))
        store = Store(state / DATABASE)
        stack.callback(store.close)
        library = Library(store, clock, Path(settings.files.download_root))
        repairs, references = Repairs(store, clock), References(store, clock)
        accounts = Accounts(store, clock, _rules(settings))
        setup_code = SetupCode(partial(_introduce, settings, say))
        roster = Roster(settings.arrs, settings.arr_learning, session, clock)
        stack.push_async_callback(roster.close)
        hands = hands_of(settings, library, roster, session, clock)
        pulse = Pulse(clock)
        outbox, signer = Outbox(store), Signer(kept_key(state, SIGNING_KEY))
        couriers, told = ways(settings, callbacks, signer), notices(settings, outbox)
        wishes = hooking(settings)
        hooks = Hooks(state / ARR_KEYS, [name for name, wish in wishes.arrs.items() if wish.wanted])
        registering = RegisterHooks(hands, pulse, wishes, hooks, lambda: accounts.username)
        ward = ward_of(settings, hands, repairs, told)
        app = build_app(
            library=library,
            settings=settings,
            clock=clock,
            accounts=accounts,
            roster=roster,
            fetch=lambda url, cookie="": fetch(url, sources, cookie=cookie),
            cookie_key=kept_key(state, COOKIE_KEY),
            setup_code=setup_code,
            outbox=outbox,
            repairs=repairs,
            references=references,
            hooks=hooks,
            signing_key=Secret(signer.secret),
            test_target=partial(couriers.test, clock=clock),
            editing=editing,
            ready=lambda: not pulse.silent(),
            insight=WorkersInsight(hands, registering.states),
            recent=recent,
        )
        loops: list[Callable[[], Coroutine[None, None, None]]] = [
            Advance(hands, pulse, settings.files.parallel_downloads).run,
            Announce(hands, outbox, callback_urls(settings), told).run,
            Deliver(outbox, couriers, persistence(settings), pulse, clock).run,
            WatchAccounts(hands, pulse, told).run,
            Leftovers(hands, pulse).run,
            registering.run,
            Repair(ward, pulse).run,
            Surveys(ward, references, survey_rules(settings), roster.reachable, pulse).run,
            *(Poll(name, hands, pulse).run for name in hands.providers),
            *([WatchQueues(hands, pulse, watching(settings)).run] if settings.queue.watch else []),
            lambda: _keep_house(library, outbox, repairs, clock, settings.journal.keep),
        ]
        async with _writing(library):
            await _set_up(accounts, setup_code, settings)
            if accounts.unlocked:
                networks = ", ".join(map(str, settings.server.unlocked_networks))
                say(f"\n  WARNING: nobody has to log in from {networks}. Undo: qbitproxy auth on\n\n")
                log.warning("login_is_off", networks=networks)
            async with asyncio.TaskGroup() as workers:
                tasks = [workers.create_task(loop()) for loop in loops]
                manager = systemd.Notifier(environ)
                tasks.append(workers.create_task(_watch(manager, pulse, clock)))
                async with serving(app, listener, settings.server):
                    manager.tell("READY=1")
                    log.info("started", version=__version__, torrents=len(library.all()))
                    how = await ending
                    log.info("stopping", how=how.value)
                    manager.tell("STOPPING=1" if how is Ending.STOP else "RELOADING=1")
                for task in tasks:
                    task.cancel()


@contextmanager
def accounts_of(state: Path) -> Iterator[Accounts]:
    """The accounts of the installation in `state`, which may be running."""
    prepare(state)
    store = Store(state / DATABASE)
    try:
        yield Accounts(store, SystemClock())
    finally:
        store.close()


def prepare(state: Path) -> None:
    """Make the folder there must be. Raises OSError when it cannot be made."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)


async def _make_room(downloads: Path) -> None:
    """Make the download folder, which may come later: until then torrents say what is wrong with it."""
    try:
        async with asyncio.timeout(DISK_DEADLINE.total_seconds()):
            await asyncio.to_thread(downloads.mkdir, parents=True, exist_ok=True)
    except OSError as error:  # TimeoutError is one of them
        log.warning("download_root_missing", path=str(downloads), detail=error.strerror or "the disk hangs")


def kept_key(state: Path, name: str) -> bytes:
    """A key of this installation, made on first use, readable by its owner only.

    It appears whole or not at all; an empty one is what a full disk left, and nobody's yet.
    """
    path = state / name
    if not path.exists() or not path.stat().st_size:
        put(path, secrets.token_bytes(32))
    return path.read_bytes()


def _rules(settings: Settings) -> Rules:
    server = settings.server
    return Rules(
        idle=server.session_idle,
        absolute=server.session_absolute,
        failures=server.login_failures,
        ban=server.login_ban,
    )


@asynccontextmanager
async def _writing(library: Library) -> AsyncIterator[None]:
    """Let the library write, and finish what was asked of it at the end."""
    async with asyncio.TaskGroup() as group:
        group.create_task(library.run())
        try:
            yield
        finally:
            library.close()


async def _watch(manager: systemd.Notifier, pulse: Pulse, clock: Clock) -> None:
    """Feed systemd's watchdog for as long as no loop is silent."""
    while manager.watchdog is not None:
        if not pulse.silent():
            manager.tell("WATCHDOG=1")
        await clock.sleep(manager.watchdog)


async def _keep_house(
    library: Library, outbox: Outbox, repairs: Repairs, clock: Clock, keep: timedelta
) -> None:
    """Forget what is older than the journal is to be kept."""
    while True:
        await repairs.trim(clock.now() - keep)
        lines = await library.trim_journal(clock.now() - keep)
        deliveries = await outbox.trim(clock.now() - keep)
        if lines or deliveries:
            log.info("history_trimmed", lines=lines, deliveries=deliveries)
        await clock.sleep(TRIM_EVERY)


async def _set_up(accounts: Accounts, code: SetupCode, settings: Settings) -> None:
    """Make the account of the settings when there is none; without one, leave it to the first visitor."""
    first = settings.account
    if not accounts.exists and first.password:
        await accounts.create(first.username, first.password.reveal())
    if not accounts.exists:
        code.renew()


def _introduce(settings: Settings, say: Callable[[str], None], code: str) -> None:
    """Show the way to the set-up page on the terminal: the code is stored nowhere."""
    scheme = "https" if settings.server.tls_certificate else "http"
    say(
        f"\n  qbitproxy runs at {scheme}://{settings.server.host}:{settings.server.port}"
        f"{settings.server.url_base}/\n"
        f"  Open it and choose what you log in with.\n"
        f"  setup code:  {code}   (asked of other machines; good once)\n\n"
    )
