"""The Arrs we know: one sibling module each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from qbitproxy.core.ports import ArrSpec


def _collected() -> Mapping[str, ArrSpec]:
    modules = [import_module(f"{__name__}.{sibling.name}") for sibling in iter_modules(__path__)]
    specs: list[ArrSpec] = [module.ARR for module in modules if hasattr(module, "ARR")]
    return MappingProxyType({spec.name: spec for spec in specs})


ARRS = _collected()
"""Every kind of Arr, by the name it has in the settings."""
