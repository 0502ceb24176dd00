"""Our registration with an Arr, so that it tells us what becomes of its library.

Source: Sonarr develop 97d24acf0 (NotificationController.cs, WebhookSettings.cs), read 2026-08. A secret is
never shown again, so a registration that is there already is written anew.
"""

from __future__ import annotations

from msgspec import Struct

from qbitproxy.arrs.api import Api
from qbitproxy.arrs.words import Words
from qbitproxy.core.faults import Missing

NAME = "qbitproxy"
"""What our registration is called there, also the user name it logs in with."""

POST = 1


class _Notification(Struct, frozen=True):
    id: int
    name: str = ""
    implementation: str = ""


class Webhook:
    """What each method promises is written in `core.ports.ArrLibrary`."""

    def __init__(self, api: Api, words: Words) -> None:
        self._api, self._words = api, words

    async def register(self, url: str, secret: str) -> None:
        fields = {"url": url, "method": POST, "username": NAME, "password": secret}
        body: dict[str, object] = {
            "name": NAME,
            "implementation": "Webhook",
            "configContract": "WebhookSettings",
            "tags": [],
            "fields": [{"name": name, "value": value} for name, value in fields.items()],
            **dict.fromkeys(self._words.events, True),
        }
        ours = await self._ours()
        if ours:
            await self._api.write("PUT", f"notification/{ours[0]}", body | {"id": ours[0]})
        else:
            await self._api.write("POST", "notification", body)

    async def unregister(self) -> None:
        for number in await self._ours():
            try:
                await self._api.write("DELETE", f"notification/{number}")
            except Missing:
                continue

    async def _ours(self) -> list[int]:
        listed = await self._api.list("notification", _Notification)
        return [one.id for one in listed if (one.name, one.implementation) == (NAME, "Webhook")]
