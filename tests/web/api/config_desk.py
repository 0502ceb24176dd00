"""A stand whose settings are in a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Settings, load, save
from qbitproxy.settings.editing import Editor
from qbitproxy.web.keys import Editing
from tests.web.stand import Stand, a_stand, usual_settings


class Desk(Struct):
    """A stand whose settings are in a file; `reloads` counts how often it was to be read again."""

    stand: Stand
    path: Path
    reloads: list[None]

    async def ask(self, method: str, body: Any = None, path: str = "/api/config") -> tuple[int, Any]:
        async with self.stand.client.request(method, path, json=body, headers=self.stand.bearer) as answer:
            return answer.status, await answer.json()

    def saved(self) -> Settings:
        return load(self.path, {"HOME": str(self.path.parent)}, known_providers=PROVIDERS).settings


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    path, settings, reloads = folder / "qbitproxy.toml", usual_settings(folder), list[None]()
    save(settings, path)
    editing = Editing(Editor(path, {"HOME": str(folder)}, PROVIDERS), lambda: reloads.append(None))
    async with a_stand(folder, settings=settings, editing=editing) as stand:
        yield Desk(stand, path, reloads)
