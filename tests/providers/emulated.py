"""The emulator that belongs to a kind of provider."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from compat.emulators.bench import Bench
from qbitproxy.core.ports import ProviderSpec


def emulator_of(spec: ProviderSpec, **arranged: object) -> Any:
    """A new emulator of the service; a service without one fails the suite here."""
    module = import_module(f"compat.emulators.{spec.name}")
    [emulator] = [
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Bench) and member.__module__ == module.__name__
    ]
    return emulator(**arranged)
