"""What every test of an Arr adapter stands on."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import aiohttp

from compat.emulators.bench import Bench
from qbitproxy.core.ports import Arr, ArrSpec
from qbitproxy.http import connect
from qbitproxy.settings import Secret
from tests.support import ManualClock


def emulator_of(spec: ArrSpec) -> Any:
    """The class that plays this Arr; an Arr without one fails the suite here."""
    module = import_module(f"compat.emulators.{spec.name}")
    return getattr(module, spec.title)


def connected(
    spec: ArrSpec,
    service: Bench,
    session: aiohttp.ClientSession,
    *,
    key: str,
    url: str = "",
    mappings: Mapping[str, str] | None = None,
    clock: ManualClock | None = None,
) -> Arr:
    """The adapter of an Arr that is played by `service`."""
    http = connect(spec.http, "mine", url or service.url, Secret(key), session, clock or ManualClock())
    return spec.connect(http, "mine", mappings or {})
