"""The part of an Arr's API about its settings: download client, paths, root folders.

Source: Sonarr develop 97d24acf0 (Sonarr.Api.V3: DownloadClient, RemotePathMappings, RootFolders, Config),
read 2026-08.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from aiohttp import web

from compat.emulators.arr_check import test_conversation
from compat.emulators.arr_gate import Problem, asked_flag, body_of, invalid, malformed, missing
from compat.emulators.arr_paths import RemotePathMapping
from compat.emulators.arr_resources import answer, failure
from compat.emulators.arr_settings import ClientSettings, Json, resource, settings_from, template

if TYPE_CHECKING:
    from compat.emulators.arr import Arr


class SetupApi:
    """Routes about how one Arr is set up. It has one download client at most, number 1."""

    def __init__(self, arr: Arr) -> None:
        self._arr = arr

    def routes(self, base: str) -> list[web.RouteDef]:
        return [
            web.get(f"{base}/downloadclient", self.clients),
            web.get(f"{base}/downloadclient/schema", self.schema),
            web.get(f"{base}/downloadclient/{{id:[0-9]+}}", self.client),
            web.post(f"{base}/downloadclient", self.create_client),
            web.put(f"{base}/downloadclient/{{id:[0-9]+}}", self.update_client),
            web.post(f"{base}/downloadclient/test", self.test_client),
            web.get(f"{base}/remotepathmapping", self.mappings),
            web.post(f"{base}/remotepathmapping", self.add_mapping),
            web.get(f"{base}/rootfolder", self.root_folders),
            web.get(f"{base}/config/downloadclient", self.configuration),
            web.put(f"{base}/config/downloadclient/1", self.configure),
        ]

    async def clients(self, request: web.Request) -> web.Response:
        settings = self._arr.settings
        return answer([resource(settings, self._arr.flavour)] if settings else [])

    async def schema(self, request: web.Request) -> web.Response:
        return answer([template(self._arr.flavour)])

    async def client(self, request: web.Request) -> web.Response:
        return answer(resource(self._present(request), self._arr.flavour))

    async def create_client(self, request: web.Request) -> web.Response:
        """The Arr calls back with the whole Test conversation before it answers."""
        body, present = await body_of(request), self._arr.settings
        if present and str(body.get("name", "")).lower() == present.name.lower():
            raise invalid("Name", "Should be unique")
        await self._adopt(body, request)
        return self._answer_with_client(request, status=201)

    async def update_client(self, request: web.Request) -> web.Response:
        self._present(request)
        await self._adopt(await body_of(request), request)
        return self._answer_with_client(request, status=202)

    async def test_client(self, request: web.Request) -> web.Response:
        settings = self._settings(await body_of(request))
        await self._test(settings, forgives_warnings=asked_flag(request, "forceTest"))
        return answer({})

    async def mappings(self, request: web.Request) -> web.Response:
        return answer([_mapping(mapping) for mapping in self._arr.view.mappings])

    async def add_mapping(self, request: web.Request) -> web.Response:
        """Raises Problem; ValueError for a remote path that is mapped already."""
        body, mappings = await body_of(request), self._arr.view.mappings
        host, remote, local = (str(body.get(name) or "") for name in ("host", "remotePath", "localPath"))
        for name, value in {"Host": host, "RemotePath": remote.lstrip(" ") and remote}.items():
            if not value:
                raise invalid(name, f"'{name}' must not be empty.")
        if self._arr.view.folder(local) is None:
            raise invalid("LocalPath", "Path does not exist")
        if any((one.host.lower(), one.remote_path) == (host.lower(), remote) for one in mappings):
            raise ValueError("RemotePath already mounted.")
        mapping = RemotePathMapping(len(mappings) + 1, host, remote, local)
        mappings.append(mapping)
        return answer(_mapping(mapping), status=201)

    async def root_folders(self, request: web.Request) -> web.Response:
        """Lidarr and Readarr tell of no folders that are nobody's; without the root folder nobody does."""
        root, seen = self._arr.root, self._arr.view.seen
        accessible = root.is_dir()
        folder = {
            "path": seen(root),
            "accessible": accessible,
            "freeSpace": shutil.disk_usage(root).free if accessible else None,
            "id": 1,
        }
        if self._arr.flavour.medium.owner in ("artist", "author"):
            folder["name"] = "Library"
        elif accessible:
            folder["unmappedFolders"] = [
                {"name": entry.name, "path": seen(entry), "relativePath": entry.name}
                for entry in await asyncio.to_thread(self._arr.shelf.unmapped)
            ]
        return answer([folder])

    async def configuration(self, request: web.Request) -> web.Response:
        return answer(self._configuration())

    async def configure(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        self._arr.completed_handling = bool(body.get("enableCompletedDownloadHandling", True))
        self._arr.searches_again = bool(body.get("autoRedownloadFailed", True))
        return answer(self._configuration(), status=202)

    def _configuration(self) -> Json:
        return {
            "downloadClientWorkingFolders": "_UNPACK_|_FAILED_",
            "enableCompletedDownloadHandling": self._arr.completed_handling,
            "autoRedownloadFailed": self._arr.searches_again,
            "autoRedownloadFailedFromInteractiveSearch": self._arr.searches_again,
            "checkForFinishedDownloadInterval": 1 if self._arr.flavour.medium.owner == "movie" else None,
            "id": 1,
        }

    def _present(self, request: web.Request) -> ClientSettings:
        settings = self._arr.settings
        if settings is None or request.match_info["id"] != "1":
            raise missing()
        return settings

    def _settings(self, body: Json) -> ClientSettings:
        try:
            return settings_from(body, self._arr.flavour, self._arr.settings)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise malformed("$", f"The JSON value could not be converted: {error}") from error

    async def _adopt(self, body: Json, request: web.Request) -> None:
        settings = self._settings(body)
        if body.get("enable", False):
            await self._test(settings, forgives_warnings=asked_flag(request, "forceSave"))
        self._arr.adopt(settings)

    async def _test(self, settings: ClientSettings, *, forgives_warnings: bool) -> None:
        failures = await test_conversation(self._arr.new_client(settings))
        if not all(it.is_warning and forgives_warnings for it in failures):
            raise Problem(400, [failure(it) for it in failures])

    def _answer_with_client(self, request: web.Request, *, status: int) -> web.Response:
        settings = self._arr.settings
        if settings is None:
            raise missing()
        response = answer(resource(settings, self._arr.flavour), status=status)
        if status == 201:
            response.headers["Location"] = f"{request.path}/1"
        return response


def _mapping(mapping: RemotePathMapping) -> Json:
    return {
        "host": mapping.host,
        "remotePath": mapping.remote_path,
        "localPath": mapping.local_path,
        "id": mapping.id,
    }
