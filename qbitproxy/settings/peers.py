"""Everybody else we talk to: Arrs on one side, debrid accounts on the other."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import field
from msgspec.structs import force_setattr

from qbitproxy.core.notices import Kind
from qbitproxy.core.torrent import Action
from qbitproxy.settings.forms import (
    BASE_URL,
    BELOW,
    CALLBACK,
    CATEGORY,
    PLACE,
    SECRET,
    TIMETABLE,
    URL,
    Between,
    Duration,
)
from qbitproxy.settings.secret import Secret
from qbitproxy.settings.sections import HOUR, MINUTE, SECOND, Absolute, Section, StripTrackers, doc

Key = Annotated[Secret, SECRET]
Place = Annotated[str, PLACE]
Timetable = Annotated[str, TIMETABLE]


class ArrKind(StrEnum):
    """The programs we know how to speak to."""

    SONARR = "sonarr"
    RADARR = "radarr"
    LIDARR = "lidarr"
    READARR = "readarr"
    WHISPARR = "whisparr"

    @property
    def usual_category(self) -> str:
        """The category its download client form starts with."""
        return "tv-sonarr" if self is ArrKind.SONARR else str(self)


class PathMapping(Section, frozen=True, kw_only=True):
    """One folder as we see it, and as the Arr sees it."""

    ours: Annotated[Absolute, doc("The folder as qbitproxy sees it.")] = field(name="from")
    theirs: Annotated[Absolute, doc("The same folder as the Arr sees it.")] = field(name="to")


class ArrSettings(Section, frozen=True, kw_only=True):
    """An Arr that uses us as its download client."""

    kind: Annotated[ArrKind, doc("Which program it is. The table's name when that is one of them.")]
    url: Annotated[str, URL, doc("Where its own API is. Without it, imports are not confirmed.")] = ""
    api_key: Annotated[Key, doc("Its API key, from Settings / General.")] = Secret()
    category: Annotated[
        str, CATEGORY, doc("The category it gives its torrents. Left empty: the usual one of its kind.")
    ] = ""
    action: Annotated[Action | None, doc('How its content is placed. "" follows files.default_action.')] = (
        None
    )
    uncached: Annotated[
        bool | None, doc('Whether providers may fetch what they do not hold. "" follows the provider.')
    ] = None
    path_mappings: Annotated[
        tuple[PathMapping, ...],
        doc('Folders it sees under another path, such as [{ from = "/mnt/downloads", to = "/downloads" }].'),
    ] = ()
    strip_trackers: Annotated[
        StripTrackers | None,
        doc('When its torrents lose their trackers on the way out. "" follows files.strip_trackers.'),
    ] = None
    confirm: Annotated[bool, doc("Show a torrent as finished only once the Arr sees its files.")] = True
    report_failures: Annotated[
        bool, doc("Block a release that no provider serves, so another is sought.")
    ] = True
    report_limit: Annotated[
        int, Between(0, 10_000), doc("Failed releases it is told of per day at most; later ones wait.")
    ] = 100
    stall_patience: Annotated[
        Duration | None,
        Between(MINUTE),
        doc('A torrent of its own without progress for this long is given up. "" follows the provider.'),
    ] = None
    providers: Annotated[
        tuple[str, ...], doc("The providers it uses, in order. Empty: all of them, in the usual order.")
    ] = ()
    skip_repair: Annotated[
        bool, doc("Leave its library out of scheduled repair, and of repair of everything.")
    ] = False
    repair_schedule: Annotated[
        Timetable | None, doc('When its library is looked at. "" follows repair.schedule.')
    ] = None
    webhook: Annotated[
        bool,
        doc("Have it tell us what becomes of its library, by a webhook that we set up there. Needs its url."),
    ] = True
    callback_url: Annotated[
        str, CALLBACK, doc('URL told of its finished or failed torrents. "" follows webhooks.callback_url.')
    ] = ""

    def __post_init__(self) -> None:
        if not self.category:
            force_setattr(self, "category", ArrKind(self.kind).usual_category)

    def __repr__(self) -> str:
        return f"ArrSettings(kind={self.kind!r}, category={self.category!r}, …)"


class NotificationSettings(Section, frozen=True, kw_only=True):
    """Somebody who is told what happens."""

    url: Annotated[
        Key, doc('A Discord webhook, or any Apprise URL such as "ntfys://ntfy.sh/topic". It is a secret.')
    ] = Secret()
    events: Annotated[tuple[Kind, ...], doc("What is told.")] = (
        Kind.FAILED,
        Kind.ACCOUNT,
        Kind.REPAIR_PENDING,
        Kind.REPAIR_HELD,
        Kind.REPAIR_FAILED,
        Kind.ORPHANS_HELD,
    )
    every: Annotated[
        Duration,
        Between(SECOND, HOUR),
        doc("At most one message in this time; what comes meanwhile is put together."),
    ] = 30 * SECOND


class ProviderSettings(Section, frozen=True, kw_only=True):
    """A debrid account."""

    kind: Annotated[str, doc("Which service it is. Left out: the table's name.")]
    api_key: Annotated[Key, doc("The API key or token of the account; user:password for qBittorrent.")] = (
        Secret()
    )
    enabled: Annotated[bool, doc("Whether the account is used.")] = True
    base_url: Annotated[str, BASE_URL, doc('Where its API is. "" is the service\'s own address.')] = ""
    mount: Annotated[
        Absolute,
        doc('Folder where a mount shows its torrents, or a qBittorrent saves them. "" when there is none.'),
    ] = ""
    seen_at: Annotated[
        tuple[Place, ...],
        doc(
            "Further places that show its files, as the links of a library name them: folders of Decypharr, "
            "rclone or zurg, addresses in .strm files."
        ),
    ] = ()
    canary: Annotated[
        str, BELOW, doc('A file that its mount always shows, such as "version.txt". "" when there is none.')
    ] = ""
    uncached: Annotated[
        bool | None, doc('Whether it may fetch what it does not hold. "" follows fetching.uncached.')
    ] = None
    requests_per_minute: Annotated[
        int, Between(0, 6000), doc("Most requests per minute. 0 is what the service allows.")
    ] = 0
    download_keys: Annotated[
        tuple[Key, ...],
        doc("Keys of further accounts there, used in turn for downloads only. Real-Debrid and AllDebrid."),
    ] = ()
    max_active: Annotated[
        int, Between(0, 10_000), doc("Torrents it works on at once for us. 0 is what the account allows.")
    ] = 0
    keep_free: Annotated[
        int, Between(0, 1000), doc("Slots that uncached torrents leave to those that may be cached.")
    ] = 1
    stall_patience: Annotated[
        Duration | None,
        Between(MINUTE),
        doc('A torrent without progress here for this long is given up. "" follows fetching.stall_patience.'),
    ] = None
    proxy: Annotated[
        Key, doc('HTTP proxy for its API, such as "http://user:password@10.0.0.1:3128". "" is none.')
    ] = Secret()
    poll: Annotated[Duration, Between(SECOND, HOUR), doc("How often its list of torrents is asked for.")] = (
        timedelta(seconds=15)
    )
