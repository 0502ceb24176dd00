"""The debrid services we know: one sibling module each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from qbitproxy.core.ports import ProviderSpec


def _collected() -> Mapping[str, ProviderSpec]:
    modules = [import_module(f"{__name__}.{sibling.name}") for sibling in iter_modules(__path__)]
    specs: list[ProviderSpec] = [module.PROVIDER for module in modules if hasattr(module, "PROVIDER")]
    return MappingProxyType({spec.name: spec for spec in specs})


PROVIDERS = _collected()
"""Every kind of debrid service, by the name it has in the settings."""
