"""The part of an Arr's API about whom it notifies.

Source: Sonarr develop 97d24acf0 (Sonarr.Api.V3/Notifications, ProviderControllerBase.cs), read 2026-08. It
knows webhooks alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from compat.emulators.arr_gate import body_of, invalid, malformed, missing
from compat.emulators.arr_herald import Untold, Webhook, resource, switches_of
from compat.emulators.arr_resources import answer
from compat.emulators.arr_settings import Json

if TYPE_CHECKING:
    from compat.emulators.arr import Arr


class HeraldApi:
    """Routes about the connections of one Arr."""

    def __init__(self, arr: Arr) -> None:
        self._herald, self._flavour = arr.herald, arr.flavour

    def routes(self, base: str) -> list[web.RouteDef]:
        return [
            web.get(f"{base}/notification", self.all),
            web.get(f"{base}/notification/schema", self.schema),
            web.get(f"{base}/notification/{{id:[0-9]+}}", self.one),
            web.post(f"{base}/notification", self.create),
            web.post(f"{base}/notification/test", self.test),
            web.put(f"{base}/notification/{{id:[0-9]+}}", self.update),
            web.delete(f"{base}/notification/{{id:[0-9]+}}", self.remove),
        ]

    async def all(self, request: web.Request) -> web.Response:
        return answer([resource(webhook, self._flavour) for webhook in self._herald.webhooks])

    async def schema(self, request: web.Request) -> web.Response:
        return answer([resource(Webhook(id=0, name="", url=""), self._flavour)])

    async def one(self, request: web.Request) -> web.Response:
        return answer(resource(self._known(request), self._flavour))

    async def create(self, request: web.Request) -> web.Response:
        """The Arr calls the address before it answers. Raises Problem."""
        return await self._kept(await body_of(request), number=0, status=201)

    async def update(self, request: web.Request) -> web.Response:
        """The Arr calls the address before it answers. Raises Problem."""
        return await self._kept(await body_of(request), number=self._known(request).id, status=202)

    async def test(self, request: web.Request) -> web.Response:
        """Raises Problem."""
        body = await body_of(request)
        try:
            await self._herald.test(self._webhook(body, int(body.get("id") or 0)))
        except Untold as error:
            raise invalid("Url", f"Unable to send test message: {error}") from error
        return answer({})

    async def remove(self, request: web.Request) -> web.Response:
        self._herald.webhooks.remove(self._known(request))
        return answer({})

    async def _kept(self, body: Json, *, number: int, status: int) -> web.Response:
        webhook = self._webhook(body, number)
        try:
            webhook = await self._herald.keep(webhook)
        except Untold as error:
            raise invalid("Url", f"Unable to send test message: {error}") from error
        return answer(resource(webhook, self._flavour), status=status)

    def _known(self, request: web.Request) -> Webhook:
        number = int(request.match_info["id"])
        webhook = next((one for one in self._herald.webhooks if one.id == number), None)
        if webhook is None:
            raise missing()
        return webhook

    def _webhook(self, body: Json, number: int) -> Webhook:
        """Read a connection sent by a caller. Members nobody knows count for nothing. Raises Problem."""
        name = str(body.get("name") or "")
        if not name:
            raise invalid("Name", "'Name' must not be empty.")
        if any(one.name.lower() == name.lower() and one.id != number for one in self._herald.webhooks):
            raise invalid("Name", "Should be unique")
        if (body.get("implementation"), body.get("configContract")) != ("Webhook", "WebhookSettings"):
            raise malformed("implementation", "The value is not valid.")
        try:
            fields = {field["name"]: field.get("value") for field in body["fields"]}
            url, method = str(fields.get("url") or ""), int(fields.get("method") or 1)
        except (KeyError, TypeError, ValueError) as error:
            raise malformed("fields", "The JSON value could not be converted.") from error
        if urlsplit(url).scheme not in ("http", "https"):
            raise invalid("Url", "Invalid Url")
        return Webhook(
            id=number,
            name=name,
            url=url,
            method=method,
            username=str(fields.get("username") or ""),
            password=str(fields.get("password") or ""),
            switches=frozenset(switch for switch in switches_of(self._flavour) if body.get(switch) is True),
        )
