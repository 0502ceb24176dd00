"""What several conversations have in common."""

from __future__ import annotations

from typing import Any

from compat.clients.conversation import Ask, OneOf, Wish

CREDENTIALS = {"username": "{username}", "password": "{password}"}
COMPLETE = OneOf("pausedUP", "stoppedUP", "uploading", "stalledUP", "queuedUP", "forcedUP")
KNOWN_STATES = OneOf(
    "error", "missingFiles", "uploading", "pausedUP", "queuedUP", "stalledUP", "checkingUP", "forcedUP",
    "allocating", "downloading", "metaDL", "forcedMetaDL", "pausedDL", "queuedDL", "stalledDL", "checkingDL",
    "forcedDL", "checkingResumeData", "moving", "unknown",
)  # fmt: skip
ROW: dict[str, Wish] = {
    "*.hash": "hash",
    "*.name": "text",
    "*.size": "integer",
    "*.total_size": "integer",
    "*.progress": "number",
    "*.state": KNOWN_STATES,
    "*.category": "text",
    "*.tags": "text",
    "*.save_path": "text",
    "*.content_path": "text",
    "*.eta": "integer",
    "*.ratio": "number",
    "*.added_on": "integer",
    "*.completion_on": "integer",
    "*.dlspeed": "integer",
    "*.upspeed": "integer",
    "*.amount_left": "integer",
    "*.tracker": "text",
}
"""What most of them read of a torrent."""


def login(**more: Any) -> Ask:
    """Log in by a form, with whatever else the program needs of the answer."""
    return Ask(step="log in", method="POST", path="auth/login", fields=CREDENTIALS, anonymous=True, **more)


def complete(toy: str, method: Any = "GET", step: str = "") -> Ask:
    """Look at one torrent until it is complete."""
    return Ask(
        step=step or f"the {toy} is complete",
        method=method,
        path="torrents/info",
        fields={"hashes": f"{{{toy}}}"},
        until={"*.state": COMPLETE, "*.progress": OneOf(1)},
    )


def delete(*toys: str, files: str = "true") -> Ask:
    """Delete torrents."""
    return Ask(
        step="delete",
        method="POST",
        path="torrents/delete",
        fields={"hashes": "|".join(f"{{{toy}}}" for toy in toys), "deleteFiles": files},
    )
