"""qbittorrent-api: every method that its client has."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import qbittorrentapi

from compat.clients.drivers import qbittorrent_api_app, qbittorrent_api_torrents
from compat.clients.drivers.telling import Job, Teller, read_job


class Calls:
    """Calls methods by their name, remembers which."""

    def __init__(self, client: Any, tell: Teller) -> None:
        self.client, self.tell = client, tell
        self.called: set[str] = set()

    def __call__(self, method: str, *, step: str = "", see: Any = None, **named: Any) -> Any:
        """Make the call; its step is told by the method's name unless it has another."""
        self.called.add(method)
        return self.tell(step or method, getattr(self.client, method), see=see, **named)


def methods(kind: type) -> Iterator[set[str]]:
    """Every public method of a class: the names it goes by."""
    names: dict[int, set[str]] = {}
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if not name.startswith("_") and callable(member):
            names.setdefault(id(member), set()).add(name)
    yield from names.values()


def main(job: Job) -> None:
    tell = Teller(qbittorrentapi.HTTPError, qbittorrentapi.LoginFailed, NotImplementedError)
    client = qbittorrentapi.Client(
        job.url,
        username=job.username,
        password=job.password,
        RAISE_NOTIMPLEMENTEDERROR_FOR_UNIMPLEMENTED_API_ENDPOINTS=True,
    )
    call = Calls(client, tell)
    wrong = qbittorrentapi.Client(job.url, username=job.username, password="wrong")
    tell("auth_log_in with a wrong password", wrong.auth_log_in)
    tell("is_logged_in before any login", lambda: client.is_logged_in)
    call("auth_log_in")
    tell("is_logged_in after it", lambda: client.is_logged_in)
    qbittorrent_api_app.play(call, job)
    qbittorrent_api_torrents.play(call, job)
    call("auth_log_out")
    tell("is_logged_in after logging out", lambda: client.is_logged_in)
    call("app_shutdown")
    missed = [sorted(names) for names in methods(type(client)) if not names & call.called]
    if missed:
        sys.exit(f"never called: {missed}")


if __name__ == "__main__":
    main(read_job())
