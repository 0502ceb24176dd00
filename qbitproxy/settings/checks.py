"""What is wrong with settings whose values are all well written."""

from __future__ import annotations

import grp
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import combinations
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from qbitproxy.core.ports import ProviderSpec
from qbitproxy.core.torrent import Action
from qbitproxy.settings.problems import suggestion
from qbitproxy.settings.reading import Place, Reading
from qbitproxy.settings.schema import Settings
from qbitproxy.settings.sections import ServerSettings

TAKEN = frozenset(
    {"api", "debug", "health", "login", "logout", "logs", "ready"}
    | {"repair", "settings", "setup", "static", "version", "webhooks"}
)
"""Where our own pages and our API are."""

MOUNT_DEADLINE = timedelta(seconds=2)

Complaint = tuple[str, str, str]  # path, message, hint


def examine(settings: Settings, known_providers: Mapping[str, ProviderSpec] | None, reading: Reading) -> None:
    """Report what does not go together; `known_providers` None accepts any kind of provider."""
    rules = (_server, _page, _arrs, _categories, _provider_names, _providers, _notifications, _files, _roots)
    for rule in rules:
        for path, message, hint in rule(settings):
            reading.report(Place(path), message, hint)
    for path, message, hint in _kinds(settings, known_providers):
        reading.report(Place(path), message, hint)
    for path, message, hint in _doubts(settings):
        reading.report(Place(path), message, hint, fatal=False)


def _server(settings: Settings) -> Iterator[Complaint]:
    server = settings.server
    if bool(server.tls_certificate) != bool(server.tls_key):
        missing = "tls_key" if server.tls_certificate else "tls_certificate"
        yield f"server.{missing}", "is missing", "TLS needs both tls_certificate and tls_key"
    readable = True
    for name, path in (("tls_certificate", server.tls_certificate), ("tls_key", server.tls_key)):
        if path and not os.access(path, os.R_OK):
            readable = False
            yield f"server.{name}", "is not a file that can be read", "check the path and its permissions"
    if server.tls_certificate and server.tls_key and readable and not _is_usable(server):
        hint = "both have to be whole PEM files, the key without a password"
        yield "server.tls_certificate", "cannot be used with tls_key", hint
    if not server.host:
        yield "server.host", "is empty", 'write an address such as "127.0.0.1" or "0.0.0.0"'
    if server.session_idle > server.session_absolute:
        yield "server.session_idle", "is longer than session_absolute", "make it shorter"


def _is_usable(server: ServerSettings) -> bool:
    """Whether TLS can be spoken with the certificate and the key."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(server.tls_certificate, server.tls_key, password=lambda: "")
    except (OSError, ValueError):
        return False
    return True


def _page(settings: Settings) -> Iterator[Complaint]:
    """A page that others made must not take the place of ours, nor show what Arrs download."""
    chosen, root = settings.qbittorrent, settings.files.download_root
    if not chosen.ui_folder:
        return
    if chosen.ui_path.strip("/").partition("/")[0] in TAKEN:
        yield "qbittorrent.ui_path", "is needed for something else", 'write another one, such as "/vue"'
    if root and _nested(root, chosen.ui_folder):
        yield "qbittorrent.ui_folder", "overlaps with files.download_root", "keep the two apart"


def _arrs(settings: Settings) -> Iterator[Complaint]:
    for name, arr in settings.arrs.items():
        if arr.api_key and not arr.url:
            yield f"arrs.{name}.url", "is missing", 'write where the Arr is, such as "http://127.0.0.1:8989"'
        for index, mapping in enumerate(arr.path_mappings):
            for side, path in (("from", mapping.ours), ("to", mapping.theirs)):
                if not path:
                    yield f"arrs.{name}.path_mappings[{index}].{side}", "is empty", "write an absolute path"


def _notifications(settings: Settings) -> Iterator[Complaint]:
    for name, target in settings.notifications.items():
        if "://" not in target.url.reveal():
            hint = "write the URL of a Discord webhook, or an Apprise URL"
            yield f"notifications.{name}.url", "is missing or no URL", hint


def _categories(settings: Settings) -> Iterator[Complaint]:
    for (_, first), (name, second) in combinations(settings.arrs.items(), 2):
        if first.category == second.category:
            yield f"arrs.{name}.category", "is used by another Arr too", "give each Arr its own"


def _provider_names(settings: Settings) -> Iterator[Complaint]:
    lists: Mapping[str, tuple[str, ...]] = {
        "provider_order": settings.provider_order,
        **{f"arrs.{name}.providers": arr.providers for name, arr in settings.arrs.items()},
    }
    for path, named in lists.items():
        for index, name in enumerate(named):
            if name not in settings.providers:
                hint = suggestion(name, list(settings.providers))
                yield f"{path}[{index}]", "names a provider that is not configured", hint


def _providers(settings: Settings) -> Iterator[Complaint]:
    for name, provider in settings.providers.items():
        if provider.enabled and not provider.api_key:
            hint = "write the key of the account, or enabled = false"
            yield f"providers.{name}.api_key", "is missing", hint
        if provider.proxy and not _is_proxy(provider.proxy.reveal()):
            hint = 'write a whole address such as "http://10.0.0.1:3128"'
            yield f"providers.{name}.proxy", "is not the address of an HTTP proxy", hint


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _kinds(settings: Settings, known_providers: Mapping[str, ProviderSpec] | None) -> Iterator[Complaint]:
    if known_providers is None:
        return
    for name, provider in settings.providers.items():
        if provider.kind not in known_providers:
            hint = suggestion(provider.kind, sorted(known_providers))
            yield f"providers.{name}.kind", "there is no such provider", hint
        elif provider.download_keys and not known_providers[provider.kind].shares_links:
            hint = "leave it out; a further account gets a table of its own"
            yield f"providers.{name}.download_keys", "no other account's key can download there", hint


def _files(settings: Settings) -> Iterator[Complaint]:
    files = settings.files
    if files.group and not _is_group(files.group):
        yield "files.group", "is not a group of this system", "write its name or number"
    if 0 < files.maximum_size < files.minimum_size:
        yield "files.maximum_size", "is smaller than minimum_size", "make it larger, or 0 for no bound"
    gate = settings.gate
    for key, patterns in (("video", gate.video), ("audio", gate.audio), ("book", gate.book)):
        for index, pattern in enumerate(patterns):
            if not all(part.strip() for part in pattern.split("|")):
                yield f"gate.{key}[{index}]", "is empty or has an empty alternative", "write an extension"


def _roots(settings: Settings) -> Iterator[Complaint]:
    """What we place must never lie inside what a provider shows, nor the other way round."""
    root = settings.files.download_root
    for name, provider in settings.providers.items():
        if provider.mount and _nested(root, provider.mount):
            yield f"providers.{name}.mount", "overlaps with files.download_root", "keep the two apart"


def _nested(first: str, second: str) -> bool:
    return f"{first}/".startswith(f"{second}/") or f"{second}/".startswith(f"{first}/")


def _doubts(settings: Settings) -> Iterator[Complaint]:
    if not settings.enabled_providers():
        yield "providers", "no provider is enabled, so nothing can be fetched", "add [providers.realdebrid]"
    if settings.qbittorrent.ui_folder and not settings.qbittorrent.ui_path:
        yield "qbittorrent.ui_path", "is empty, so that the page is served nowhere", "write a path"
    if settings.qbittorrent.ui_folder and not os.path.isdir(settings.qbittorrent.ui_folder):
        yield "qbittorrent.ui_folder", "is not a folder", "unpack the page there, or correct the path"
    for name in settings.enabled_providers():
        mount = settings.providers[name].mount
        if mount and not _answers(mount):
            yield f"providers.{name}.mount", "is not there (yet)", "mount the account, or correct the path"
    for name, arr in settings.arrs.items():
        if not (arr.url and arr.api_key):
            hint = "write url and api_key to have imports confirmed and failures reported"
            yield f"arrs.{name}", "its API cannot be asked", hint
    mounts = [settings.providers[name].mount for name in settings.enabled_providers()]
    asked = [settings.files.default_action, *(arr.action for arr in settings.arrs.values())]
    if mounts and not any(mounts) and Action.SYMLINK in asked:
        yield "files.default_action", "symlink is asked for, but no provider has a mount", "set a mount"


def _answers(mount: str) -> bool:
    """Whether a folder is there; one that hangs keeps nobody waiting, not even at the end of the process."""
    seen: SimpleQueue[bool] = SimpleQueue()
    threading.Thread(target=lambda: seen.put(os.path.isdir(mount)), daemon=True).start()
    try:
        return seen.get(timeout=MOUNT_DEADLINE.total_seconds())
    except Empty:
        return False


def _is_group(group: str) -> bool:
    try:
        return group.isdecimal() or bool(grp.getgrnam(group))
    except KeyError:
        return False
