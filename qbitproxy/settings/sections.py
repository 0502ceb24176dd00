"""Our own behaviour, section by section, each key with its meaning and default."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated, Literal

from msgspec import Meta, Struct

from qbitproxy.core.gate import Danger
from qbitproxy.core.queue_rules import Remedy
from qbitproxy.core.torrent import Action
from qbitproxy.settings.forms import (
    ABSOLUTE,
    CALLBACK,
    EXTENSION,
    PATTERN,
    SECRET,
    URL,
    URL_BASE,
    Between,
    Duration,
    Mode,
    Network,
    Size,
)
from qbitproxy.settings.secret import Secret

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=count) for count in (1, 60, 3600, 86400))
Absolute = Annotated[str, ABSOLUTE]
Extension = Annotated[str, EXTENSION]


def doc(text: str) -> Meta:
    """The one place where a key is explained: the example file and the reference both show it."""
    return Meta(description=text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file."""


class StripTrackers(StrEnum):
    """When a torrent is handed to a provider without its trackers."""

    NEVER = "never"
    PRIVATE = "private"
    ALWAYS = "always"


class ProfileName(StrEnum):
    """The qBittorrent release we claim to be."""

    V4_6 = "4.6"
    V5_1 = "5.1"
    V5_3 = "5.3"


class LogLevel(StrEnum):
    """The least important line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ServerSettings(Section, frozen=True, kw_only=True):
    """The port that the Arrs, the page and the API share."""

    host: Annotated[str, doc('Address to listen on. "0.0.0.0" opens it to the network.')] = "127.0.0.1"
    port: Annotated[int, Between(1, 65535), doc("Port to listen on.")] = 8282
    url_base: Annotated[str, URL_BASE, doc("Path below which everything is served behind a proxy.")] = ""
    address: Annotated[
        str,
        URL,
        doc(
            'Where Arrs reach it for their webhooks, such as "http://qbitproxy:8282". "" is where each has '
            "its download client."
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[Network, ...],
        doc(
            "Proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host are believed. They must "
            "set or drop the latter two, never pass on what a client sent."
        ),
    ] = ()
    names: Annotated[
        tuple[str, ...],
        doc(
            'Names it is reached by, such as "qbit.example" or "*.example". A request for another name is '
            "refused, one for an address never. Empty lets in all."
        ),
    ] = ()
    tls_certificate: Annotated[Absolute, doc('PEM file of the certificate chain. "" serves plain HTTP.')] = ""
    tls_key: Annotated[Absolute, doc("PEM file of the certificate's private key.")] = ""
    max_upload: Annotated[
        Size, Between(2**20, 2**30), doc("Largest request body, .torrent files included.")
    ] = 64 * 2**20
    session_idle: Annotated[Duration, Between(MINUTE), doc("A session unused for this long ends.")] = 7 * DAY
    session_absolute: Annotated[Duration, Between(MINUTE), doc("Every session ends after this long.")] = (
        30 * DAY
    )
    login_failures: Annotated[
        int, Between(1, 1000), doc("Failed logins after which an address is banned.")
    ] = 5
    login_ban: Annotated[
        Duration, Between(SECOND), doc("How long such an address stays banned; each further ban lasts twice.")
    ] = HOUR
    unlocked_networks: Annotated[
        tuple[Network, ...],
        doc("Where no login is needed after `qbitproxy auth off` was run on this machine; elsewhere it is."),
    ] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    read_patience: Annotated[
        Duration,
        Between(SECOND, HOUR),
        doc("How long the head of a request may take to arrive, and its body after that."),
    ] = MINUTE


class AccountSettings(Section, frozen=True, kw_only=True):
    """The account as it is made at the first start, for installations that nobody watches."""

    username: Annotated[str, doc("Its user name.")] = "admin"
    password: Annotated[
        Secret,
        SECRET,
        doc(
            'Its password, which later changes nothing; better given by a variable or credential. "" lets '
            "the first visitor choose at /setup."
        ),
    ] = Secret()


class QbittorrentSettings(Section, frozen=True, kw_only=True):
    """How the qBittorrent face behaves."""

    profile: Annotated[
        ProfileName,
        doc("The qBittorrent release that is imitated. Every Arr knows 4.6."),
    ] = ProfileName.V4_6
    queueing: Annotated[
        bool, doc("Show torrent queueing as switched on, so that Arrs may set priorities.")
    ] = True
    ui_folder: Annotated[
        Absolute,
        doc(
            "Folder of a web page made for qBittorrent. Its files, or those in its folder public, are shown "
            'to everybody. "" serves none.'
        ),
    ] = ""
    ui_path: Annotated[str, URL_BASE, doc("Path at which that page is served.")] = "/qbittorrent"
    add_wait: Annotated[
        Duration,
        Between(timedelta(), 30 * SECOND),
        doc("How long an add waits for a provider's refusal before it answers. 0s answers at once."),
    ] = timedelta()
    refresh_arr: Annotated[bool, doc("Ask the Arr to look at its queue as soon as a torrent is ready.")] = (
        True
    )


class LearningSettings(Section, frozen=True, kw_only=True):
    """Arrs that introduce themselves: user name is the Arr's URL, password is its API key."""

    enabled: Annotated[bool, doc("Accept Arrs that are not configured, after proving them at their URL.")] = (
        False
    )
    networks: Annotated[tuple[Network, ...], doc("Networks such an Arr may log in from.")] = (
        ip_network("127.0.0.0/8"),
    )


class ExtensionSettings(Section, frozen=True, kw_only=True):
    """The file extensions that are wanted, by kind of content."""

    video: Annotated[tuple[Extension, ...], doc("For Sonarr, Radarr and Whisparr.")] = _words(
        "mkv mp4 m4v avi mov wmv ts m2ts mpg mpeg webm flv vob ogm ogv divx mk3d 3gp rmvb asf m2v wtv"
    )
    audio: Annotated[tuple[Extension, ...], doc("For Lidarr, and for Readarr's audiobooks.")] = _words(
        "mp3 flac m4a m4b m4p mp2 aac ogg oga opus wma wav wv ape aif aiff aifc alac"
    )
    book: Annotated[tuple[Extension, ...], doc("For Readarr.")] = _words("epub kepub mobi azw3 pdf")


class FilesSettings(Section, frozen=True, kw_only=True):
    """Which files of a torrent are placed, where they go, how they look."""

    download_root: Annotated[
        Absolute, doc('Folder that holds one folder per category. "" is downloads in the state directory.')
    ] = ""
    default_action: Annotated[
        Action | None,
        doc('How finished content is placed. "" is symlink when a provider has a mount, else download.'),
    ] = None
    minimum_size: Annotated[Size, Between(0), doc("Smaller files are left out.")] = 0
    maximum_size: Annotated[Size, Between(0), doc("Larger files are left out. 0 sets no bound.")] = 0
    skip_samples: Annotated[bool, doc("Leave samples out.")] = True
    file_mode: Annotated[Mode, doc("Mode of the files we create.")] = 0o644
    directory_mode: Annotated[Mode, doc("Mode of the folders we create.")] = 0o755
    group: Annotated[str, doc('Group of what we create, name or number in quotes. "" leaves it alone.')] = ""
    umask: Annotated[Mode | None, doc('umask of the whole program. "" leaves it as it was started.')] = None
    parallel_downloads: Annotated[int, Between(1, 64), doc("Files downloaded at the same time.")] = 3
    connections_per_file: Annotated[int, Between(1, 16), doc("Connections that share one file.")] = 4
    speed_limit: Annotated[Size, Between(0), doc("Bytes per second for all downloads. 0 sets no limit.")] = 0
    speed_limit_per_file: Annotated[
        Size, Between(0), doc("Bytes per second for each file. 0 sets no limit.")
    ] = 0
    keep_free: Annotated[Size, Between(0), doc("A download that would leave less free space waits.")] = 2**30
    mount_patience: Annotated[
        Duration, Between(SECOND), doc("How long a file may take to appear on the mount.")
    ] = 30 * MINUTE
    confirm_patience: Annotated[
        Duration, Between(SECOND), doc("How long the Arr may take to see what was placed.")
    ] = 30 * MINUTE
    strip_trackers: Annotated[
        StripTrackers, doc("When trackers are removed before a torrent is handed to a provider.")
    ] = StripTrackers.PRIVATE
    split_seasons: Annotated[
        bool, doc("Give Sonarr a pack of several seasons season by season; it takes no other.")
    ] = True
    extensions: ExtensionSettings = ExtensionSettings()


class GateSettings(Section, frozen=True, kw_only=True):
    """What speaks against a release for an Arr, so that another one is sought before anything is imported."""

    episodes: Annotated[bool, doc("The episodes that its name states must be among its files.")] = True
    complete_packs: Annotated[bool, doc("A season pack must have no hole in its episodes.")] = False
    dangerous: Annotated[
        Danger, doc("Programs among its files: off; main, nothing else or little else is there; any.")
    ] = Danger.MAIN
    archives: Annotated[bool, doc("There must be more than an archive.")] = True
    passwords: Annotated[bool, doc("No archive may need a password.")] = True
    sizes: Annotated[bool, doc("It must be large enough to be what its name says.")] = True
    video: Annotated[
        tuple[str, ...],
        doc('What video must contain: extensions or patterns such as "*.srt|*.mkv", each of them.'),
    ] = ()
    audio: Annotated[tuple[str, ...], doc("The same for music.")] = ()
    book: Annotated[tuple[str, ...], doc("The same for books.")] = ()


class QueueRuleSettings(Section, frozen=True, kw_only=True):
    """What is done about a message that an Arr gives for not importing something."""

    message: Annotated[str, PATTERN, doc("A regular expression that is looked for in it, in any case.")]
    remedy: Annotated[
        Remedy,
        doc("ignore; announce has the Arr look again; block blocks the release, another one is sought."),
    ]


class QueueSettings(Section, frozen=True, kw_only=True):
    """Finished torrents that their Arr does not import."""

    watch: Annotated[
        bool, doc("Help along, or have replaced, what stays in an Arr's queue. Never another client's.")
    ] = True
    every: Annotated[Duration, Between(MINUTE, DAY), doc("How often an Arr's queue is asked for.")] = (
        10 * MINUTE
    )
    patience: Annotated[
        Duration, Between(MINUTE), doc("How long something may stay there before anything is done.")
    ] = 30 * MINUTE
    rules: Annotated[
        tuple[QueueRuleSettings, ...],
        doc(
            "Rules before the usual ones; the first that knows a message decides: "
            '[{ message = "not an upgrade", remedy = "ignore" }].'
        ),
    ] = ()


class FetchingSettings(Section, frozen=True, kw_only=True):
    """Patience with the providers."""

    uncached: Annotated[bool, doc("Let providers fetch what they do not hold yet.")] = False
    probe: Annotated[
        Duration, Between(SECOND), doc("An unfinished torrent counts as not cached after this long.")
    ] = 10 * SECOND
    magnet_patience: Annotated[
        Duration, Between(SECOND), doc("How long a magnet link may take to find its metadata.")
    ] = 10 * MINUTE
    stall_patience: Annotated[
        Duration, Between(MINUTE), doc("A torrent without progress for this long is given up.")
    ] = 6 * HOUR
    release_after_download: Annotated[
        bool, doc("Remove the torrent from the provider once it is downloaded and its Arr let go of it.")
    ] = True


class WebhookSettings(Section, frozen=True, kw_only=True):
    """Notifications over HTTP."""

    callback_url: Annotated[
        str, CALLBACK, doc('URL told of every finished or failed torrent. "" tells nobody.')
    ] = ""
    allow_private: Annotated[
        tuple[Network, ...], doc("Private networks that callbacks may reach; public ones are always allowed.")
    ] = ()
    deadline: Annotated[Duration, Between(SECOND, 5 * MINUTE), doc("How long one delivery may take.")] = (
        10 * SECOND
    )
    first_retry: Annotated[
        Duration, Between(SECOND, DAY), doc("How long a failed delivery waits; each time twice as long.")
    ] = 10 * SECOND
    give_up: Annotated[
        Duration,
        Between(SECOND),
        doc("A delivery that keeps failing is dead after this; it can be replayed."),
    ] = 3 * DAY

    def __repr__(self) -> str:
        return f"WebhookSettings(callback_url={'***' if self.callback_url else ''!r}, …)"


class NetworkSettings(Section, frozen=True, kw_only=True):
    """Where we may connect to on behalf of others."""

    allow_private_sources: Annotated[
        tuple[Network, ...],
        doc("Private networks that .torrent files may be fetched from, for a Prowlarr nearby."),
    ] = tuple(map(ip_network, _words("127.0.0.0/8 ::1/128 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7")))


class LogSettings(Section, frozen=True, kw_only=True):
    """What is logged."""

    level: Annotated[LogLevel, doc("The least important line that is written.")] = LogLevel.INFO
    format: Annotated[
        Literal["auto", "console", "json"], doc("auto is console on a terminal, else json.")
    ] = "auto"


class JournalSettings(Section, frozen=True, kw_only=True):
    """The history of every torrent."""

    keep: Annotated[
        Duration, Between(DAY), doc("How long the history of a torrent that is gone is kept.")
    ] = 90 * DAY
