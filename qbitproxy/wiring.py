"""What the settings say, made into the hands of the workers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import aiohttp

from qbitproxy.core.brake import BrakeRules
from qbitproxy.core.clock import Clock
from qbitproxy.core.orphans import Graces
from qbitproxy.core.plan import Patience
from qbitproxy.core.ports import LinkCheck
from qbitproxy.core.queue_rules import QueueRule
from qbitproxy.core.speed import limits
from qbitproxy.core.timetable import timetable, window
from qbitproxy.files import Disk
from qbitproxy.http import BoundHttp, connect
from qbitproxy.library import Library
from qbitproxy.notifiers.callback import Callback
from qbitproxy.notifiers.discord import Discord, is_discord
from qbitproxy.notifiers.everywhere import Everywhere
from qbitproxy.notifiers.signature import Signer
from qbitproxy.notifiers.ways import Courier, Ways
from qbitproxy.outbox import Outbox
from qbitproxy.providers import PROVIDERS
from qbitproxy.repairs import Repairs
from qbitproxy.roster import KnownArr, Roster, kind_of_learned
from qbitproxy.settings import Secret, Settings
from qbitproxy.settings.peers import ArrKind
from qbitproxy.workers.announce import CallbackUrls
from qbitproxy.workers.availability import Inquiry
from qbitproxy.workers.deliver import Persistence
from qbitproxy.workers.hands import ArrHand, Hands, LinkInquiry, ProviderHand
from qbitproxy.workers.hooks import Hooking, Wish
from qbitproxy.workers.notices import Notices
from qbitproxy.workers.queue_watch import Watching
from qbitproxy.workers.survey import SurveyRules
from qbitproxy.workers.ward import RepairRules, Ward


def hands_of(
    settings: Settings, library: Library, roster: Roster, session: aiohttp.ClientSession, clock: Clock
) -> Hands:
    """Everything the workers need, as the settings want it."""
    providers = {
        name: _provider_hand(name, settings, session, clock) for name in settings.enabled_providers()
    }

    def wished() -> int:
        return limits(library.preferences, clock.now().astimezone()).download

    return Hands(
        library=library,
        clock=clock,
        disk=Disk(settings.files, clock=clock, wished=wished),
        providers=providers,
        arrs=_Arrs(settings, roster),
        rules={kind: settings.rules_for(kind) for kind in ("", *ArrKind)},
        patience=_patience(settings),
        gates={kind: settings.gate_for(kind) for kind in ArrKind},
        strip=settings.strips_trackers,
        split_for=frozenset({ArrKind.SONARR}) if settings.files.split_seasons else frozenset(),
        release_downloaded=settings.fetching.release_after_download,
    )


def _provider_hand(
    name: str, settings: Settings, session: aiohttp.ClientSession, clock: Clock
) -> ProviderHand:
    chosen = settings.providers[name]
    spec = PROVIDERS[chosen.kind]

    def by(key: Secret) -> BoundHttp:
        return connect(
            spec.http,
            name,
            chosen.base_url or spec.http.base_url,
            key,
            session,
            clock,
            chosen.requests_per_minute,
            chosen.proxy or None,
        )

    http, check, links = by(chosen.api_key), spec.cache_check, spec.link_check
    quiet = http.for_repair()
    return ProviderHand(
        provider=spec.connect(http, name),
        mount=Path(chosen.mount) if chosen.mount else None,
        uncached=settings.allows_uncached(name),
        poll=chosen.poll,
        slots=chosen.max_active or spec.slots,
        keep_free=chosen.keep_free,
        stall=chosen.stall_patience,
        downloaders=tuple(spec.connect(by(key), name) for key in chosen.download_keys),
        inquiry=Inquiry(check.most, partial(check.ask, http, name)) if check else None,
        last_resort=spec.last_resort,
        local=spec.local,
        rests_for=http.rests_for,
        use=http.use,
        for_repair=(spec.connect_for_repair or spec.connect)(quiet, name),
        links=_link_inquiry(links, quiet, name) if links else None,
        lists_losses=spec.lists_losses,
        adds_anew=spec.adds_anew,
        seen_at=chosen.seen_at,
        canary=chosen.canary,
    )


def _link_inquiry(check: LinkCheck, http: BoundHttp, name: str) -> LinkInquiry:
    find = partial(check.find, http, name) if check.find else None
    return LinkInquiry(check.most, partial(check.ask, http, name), check.most_found, find)


def _patience(settings: Settings) -> Patience:
    return Patience(
        probe=settings.fetching.probe,
        metadata=settings.fetching.magnet_patience,
        stall=settings.fetching.stall_patience,
        mount=settings.files.mount_patience,
        confirm=settings.files.confirm_patience,
    )


def ward_of(settings: Settings, hands: Hands, repairs: Repairs, told: Notices) -> Ward:
    """What repair works with, as the settings want it."""
    return Ward(hands=hands, repairs=repairs, told=told, rules=_repair_rules(settings))


def _repair_rules(settings: Settings) -> RepairRules:
    chosen = settings.repair
    tables = {
        name: arr.repair_schedule or chosen.schedule
        for name, arr in settings.arrs.items()
        if arr.url and not arr.skip_repair
    }
    return RepairRules(
        per_file=chosen.strategy == "per_file",
        most_files=chosen.most_files,
        most_per_hour=chosen.most_per_hour,
        second_look=chosen.second_look,
        patience=chosen.patience,
        auto=chosen.auto_process,
        dry_run=chosen.dry_run,
        brake=BrakeRules(
            broken_share=chosen.hold_broken_percent / 100,
            broken_most=chosen.hold_broken,
            unknown_share=chosen.hold_unknown_percent / 100,
            shrunk_share=chosen.hold_shrunk_percent / 100,
        ),
        timetables={name: timetable(text) for name, text in tables.items() if text},
        window=window(chosen.window) if chosen.window else None,
        jitter=chosen.jitter,
    )


def survey_rules(settings: Settings) -> SurveyRules:
    """When it is looked for who refers to what, what goes by itself."""
    chosen = settings.orphans
    return SurveyRules(
        timetable=timetable(chosen.schedule) if chosen.schedule else None,
        graces=Graces(
            item=chosen.remove_items_after,
            link=chosen.remove_links_after,
            folder=chosen.remove_folders_after,
        ),
        libraries=chosen.libraries,
    )


def callback_urls(settings: Settings) -> CallbackUrls:
    """Whom to tell of what became of a torrent."""
    by_arr = {name: arr.callback_url for name, arr in settings.arrs.items() if arr.callback_url}
    return CallbackUrls(usual=settings.webhooks.callback_url, by_arr=by_arr)


def notices(settings: Settings, outbox: Outbox) -> Notices:
    """Who is to be told of what."""
    return Notices(outbox, {name: target.events for name, target in settings.notifications.items()})


def ways(settings: Settings, session: aiohttp.ClientSession, signer: Signer) -> Ways:
    """The ways to everybody who is told something; `session` dials allowed addresses only."""
    deadline = settings.webhooks.deadline
    targets: dict[str, Courier] = {}
    for name, target in settings.notifications.items():
        url = target.url.reveal()
        if is_discord(url):
            targets[name] = Discord(session, url, deadline, target.every)
        else:
            targets[name] = Everywhere(url, deadline, target.every)
    return Ways(Callback(session, deadline, signer), targets)


def watching(settings: Settings) -> Watching:
    """How the Arrs' queues are watched."""
    queue = settings.queue
    rules = tuple(QueueRule(rule.message, rule.remedy) for rule in queue.rules)
    return Watching(every=queue.every, patience=queue.patience, rules=rules)


def hooking(settings: Settings) -> Hooking:
    """Which Arrs are to tell us of their libraries."""
    server = settings.server
    wishes = {
        name: Wish(wanted=arr.webhook, url=arr.url, category=arr.category)
        for name, arr in settings.arrs.items()
        if arr.url
    }
    return Hooking(arrs=wishes, address=server.address, base=server.url_base)


def persistence(settings: Settings) -> Persistence:
    """How often a delivery is tried."""
    return Persistence(first_retry=settings.webhooks.first_retry, give_up=settings.webhooks.give_up)


class _Arrs:
    """Finds an Arr by name among the configured and the learned."""

    def __init__(self, settings: Settings, roster: Roster) -> None:
        self._settings, self._roster = settings, roster

    def hand(self, name: str) -> ArrHand | None:
        known = self._known(name)
        if known is None or known.arr is None:
            return None
        return ArrHand(
            arr=known.arr,
            uncached=known.settings.uncached,
            confirm=known.settings.confirm,
            report=known.settings.report_failures,
            report_limit=known.settings.report_limit,
            refresh=self._settings.qbittorrent.refresh_arr,
            providers=known.settings.providers,
            stall=known.settings.stall_patience,
        )

    def kind(self, name: str) -> str:
        known = self._known(name)
        return known.kind if known is not None else kind_of_learned(name)

    def _known(self, name: str) -> KnownArr | None:
        return self._roster.named(name) if name else None
