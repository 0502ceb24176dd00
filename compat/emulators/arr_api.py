"""The REST API an Arr serves.

Source: Sonarr develop 97d24acf0 (Sonarr.Http, Sonarr.Api.V3), read 2026-08; the same controllers stand in the
other Arrs under their own versions.
"""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aiohttp import web

from compat.emulators.arr_api_herald import HeraldApi
from compat.emulators.arr_api_queue import QueueApi
from compat.emulators.arr_api_setup import SetupApi
from compat.emulators.arr_api_shelf import ShelfApi
from compat.emulators.arr_gate import asked, body_of, missing
from compat.emulators.arr_resources import ailment, answer, command_resource, time_of
from compat.emulators.arr_settings import Json

if TYPE_CHECKING:
    from compat.emulators.arr import Arr


def routes(arr: Arr) -> list[web.RouteDef]:
    """Return every route of an Arr, under its current API version and those still served."""
    parts = (SystemApi(arr), SetupApi(arr), ShelfApi(arr), HeraldApi(arr))
    system = parts[0]
    table = [web.get(f"{arr.base}/ping", system.ping), web.get(f"{arr.base}/api", system.versions)]
    for version in (arr.flavour.api, *arr.flavour.deprecated_apis):
        base = f"{arr.base}/api/{version}"
        table += QueueApi(arr, version).routes(base)
        table += [route for part in parts for route in part.routes(base)]
    return table


class SystemApi:
    """Routes about one Arr itself: status, health, commands, its view of the file system."""

    def __init__(self, arr: Arr) -> None:
        self._arr = arr
        self._started = arr.clock.now()

    def routes(self, base: str) -> list[web.RouteDef]:
        return [
            web.get(f"{base}/system/status", self.status),
            web.get(f"{base}/health", self.health),
            web.post(f"{base}/command", self.begin),
            web.get(f"{base}/command", self.commands),
            web.get(f"{base}/command/{{id:[0-9]+}}", self.command),
            web.get(f"{base}/filesystem/mediafiles", self.media_files),
            web.get(f"{base}/filesystem/type", self.path_type),
        ]

    async def ping(self, request: web.Request) -> web.Response:
        return answer({"status": "OK"})

    async def versions(self, request: web.Request) -> web.Response:
        flavour = self._arr.flavour
        return answer({"current": flavour.api, "deprecated": list(flavour.deprecated_apis)})

    async def status(self, request: web.Request) -> web.Response:
        flavour = self._arr.flavour
        return answer(
            {
                "appName": flavour.name,
                "instanceName": flavour.name,
                "version": flavour.version,
                "buildTime": time_of(self._started),
                "isDebug": False,
                "isProduction": True,
                "isAdmin": False,
                "isUserInteractive": False,
                "startupPath": "/app/bin",
                "appData": "/config",
                "osName": "ubuntu",
                "osVersion": "22.04",
                "isNetCore": True,
                "isLinux": True,
                "isOsx": False,
                "isWindows": False,
                "isDocker": self._arr.in_container,
                "mode": "console",
                "branch": "main",
                "authentication": "forms",
                "migrationVersion": 1,
                "urlBase": self._arr.base,
                "runtimeName": "netcore",
                "startTime": time_of(self._started),
            }
        )

    async def health(self, request: web.Request) -> web.Response:
        return answer([ailment(it, number) for number, it in enumerate(self._arr.ailments, start=1)])

    async def begin(self, request: web.Request) -> web.Response:
        """Raises UnknownCommand, which an Arr answers with 500."""
        given = await body_of(request)
        name = next((str(value) for key, value in given.items() if key.lower() == "name"), "")
        own = {key: value for key, value in given.items() if key.lower() != "name"}
        command = self._arr.commands.begin(name, own)
        response = answer(command_resource(command), status=201)
        response.headers["Location"] = f"{request.path}/{command.id}"
        return response

    async def commands(self, request: web.Request) -> web.Response:
        return answer([command_resource(command) for command in self._arr.commands.given])

    async def command(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        for command in self._arr.commands.given:
            if command.id == number:
                return answer(command_resource(command))
        raise missing()

    async def media_files(self, request: web.Request) -> web.Response:
        """Every media file below a folder the Arr sees, recursively; nothing for one it does not see."""
        return answer(await asyncio.to_thread(self._media_files, asked(request, "path")))

    async def path_type(self, request: web.Request) -> web.Response:
        """A folder, unless there is a file: so it is for paths that do not exist, too."""
        file = self._arr.view.file(asked(request, "path"))
        return answer({"type": "file" if file else "folder"})

    def _media_files(self, path: str) -> list[Json]:
        view, media = self._arr.view, self._arr.flavour.media
        folder = view.folder(path) if path else None
        return [
            {"path": f"{path.rstrip('/')}/{name}", "relativePath": name, "name": PurePosixPath(name).name}
            for name, _ in (view.files_under(folder) if folder else ())
            if PurePosixPath(name).suffix.lower() in media
        ]
