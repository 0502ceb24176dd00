"""What is asked in place of the recorded server, and what has to be arranged around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Server(Protocol):
    """A server that claims to be qBittorrent; its user is called admin, as the recorded one's was."""

    host: str
    port: int
    root: str  # the default save path
    refresh: float  # seconds until reads show what was done
    site: str  # where the files are that the recorded server fetched: http://127.0.0.1:PORT

    @property
    def password(self) -> str: ...

    async def content(self, torrent: str, share: float) -> None:
        """Let so much of a torrent (0 to 1) be there to be had, from now on."""

    async def clear(self) -> None:
        """Let go of all content."""

    async def configure(self, preferences: Mapping[str, Any]) -> None:
        """Set what the Web API did not set, as far as there is another way to."""

    async def restart(self) -> None:
        """End it, if it has not ended by itself, and start it with all that it keeps."""
