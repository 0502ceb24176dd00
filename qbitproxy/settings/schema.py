"""The whole of the settings, with the answers that need more than one section."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import field

from qbitproxy.core.gate import GateRules
from qbitproxy.core.ports import Source
from qbitproxy.core.privacy import seems_private
from qbitproxy.core.release import ContentRules
from qbitproxy.core.torrent import Action
from qbitproxy.settings.libraries import OrphanSettings, RepairSettings
from qbitproxy.settings.outline import document
from qbitproxy.settings.peers import ArrKind, ArrSettings, NotificationSettings, ProviderSettings
from qbitproxy.settings.sections import (
    AccountSettings,
    FetchingSettings,
    FilesSettings,
    GateSettings,
    JournalSettings,
    LearningSettings,
    LogSettings,
    NetworkSettings,
    QbittorrentSettings,
    QueueSettings,
    Section,
    ServerSettings,
    StripTrackers,
    WebhookSettings,
    doc,
)


class Settings(Section, frozen=True, kw_only=True):
    """Everything a person can set. Loaded settings have an absolute `files.download_root`."""

    provider_order: Annotated[
        tuple[str, ...], doc("The order providers are asked in. Those not named follow as in this file.")
    ] = ()
    server: ServerSettings = ServerSettings()
    account: AccountSettings = AccountSettings()
    qbittorrent: QbittorrentSettings = QbittorrentSettings()
    arrs: dict[str, ArrSettings] = field(default_factory=dict)
    arr_learning: LearningSettings = LearningSettings()
    providers: dict[str, ProviderSettings] = field(default_factory=dict)
    files: FilesSettings = FilesSettings()
    gate: GateSettings = GateSettings()
    fetching: FetchingSettings = FetchingSettings()
    queue: QueueSettings = QueueSettings()
    repair: RepairSettings = RepairSettings()
    orphans: OrphanSettings = OrphanSettings()
    webhooks: WebhookSettings = WebhookSettings()
    notifications: dict[str, NotificationSettings] = field(default_factory=dict)
    network: NetworkSettings = NetworkSettings()
    log: LogSettings = LogSettings()
    journal: JournalSettings = JournalSettings()

    def arr_for_category(self, category: str) -> str:
        """The configured name of the Arr that uses `category`, "" when none does."""
        return next((name for name, arr in self.arrs.items() if arr.category == category), "")

    def enabled_providers(self, arr: str = "") -> tuple[str, ...]:
        """The providers to ask, in order, by configured name; `arr` is an Arr's configured name or ""."""
        chosen = self.arrs[arr].providers if arr in self.arrs else ()
        order = chosen or (*self.provider_order, *self.providers)
        return tuple(name for name in dict.fromkeys(order) if self._is_enabled(name))

    def action_for(self, arr: str = "") -> Action:
        """How content is placed for `arr`, a configured name; "" and learned Arrs get the default."""
        own = self.arrs[arr].action if arr in self.arrs else None
        mounted = any(self.providers[name].mount for name in self.enabled_providers(arr))
        return own or self.files.default_action or (Action.SYMLINK if mounted else Action.DOWNLOAD)

    def uncached_for(self, arr: str = "") -> bool | None:
        """The Arr's own policy for what no provider holds; None leaves it to the provider."""
        return self.arrs[arr].uncached if arr in self.arrs else None

    def allows_uncached(self, provider: str) -> bool:
        """Whether `provider`, a configured name, may fetch what it does not hold."""
        own = self.providers[provider].uncached
        return self.fetching.uncached if own is None else own

    def strips_trackers(self, source: Source, arr: str = "") -> bool:
        """Whether `source` is handed to providers without its trackers; `arr` is a configured name or ""."""
        own = self.arrs[arr].strip_trackers if arr in self.arrs else None
        match own or self.files.strip_trackers:
            case StripTrackers.ALWAYS:
                return True
            case StripTrackers.PRIVATE:
                return seems_private(source.private, source.trackers)
        return False

    def rules_for(self, kind: str = "") -> ContentRules:
        """Which files an Arr of `kind` can use; "" or an unknown kind takes every wanted extension."""
        files, groups = self.files, self.files.extensions
        match kind:
            case ArrKind.SONARR | ArrKind.RADARR | ArrKind.WHISPARR:
                wanted = groups.video
            case ArrKind.LIDARR:
                wanted = groups.audio
            case ArrKind.READARR:
                wanted = groups.book + groups.audio
            case _:
                wanted = groups.video + groups.audio + groups.book
        return ContentRules(
            extensions=frozenset(wanted),
            minimum_size=files.minimum_size,
            maximum_size=files.maximum_size,
            skip_samples=files.skip_samples,
        )

    def gate_for(self, kind: str) -> GateRules:
        """What speaks against a release for an Arr of `kind`."""
        gate = self.gate
        match kind:
            case ArrKind.LIDARR:
                needed = gate.audio
            case ArrKind.READARR:
                needed = gate.book
            case _:
                needed = gate.video
        return GateRules(
            episodes=gate.episodes,
            complete_packs=gate.complete_packs,
            dangerous=gate.dangerous,
            archives=gate.archives,
            passwords=gate.passwords,
            must_contain=needed,
            sizes=gate.sizes,
        )

    def redacted(self) -> dict[str, Any]:
        """The settings as written in the file, JSON-able; every secret that is set is `***`."""
        return document(self, reveal=False)

    def _is_enabled(self, name: str) -> bool:
        return name in self.providers and self.providers[name].enabled
