"""Settings written to a file of their own, with an environment of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Loaded, Problem, check, load

KNOWN = {name: PROVIDERS[name] for name in ("realdebrid", "torbox")}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "qbitproxy.toml"


@pytest.fixture
def loaded(config: Path, tmp_path: Path) -> Callable[..., Loaded]:
    """Load `text` as the settings file, with `environ` as the whole environment."""

    def load_text(text: str = "", **environ: str) -> Loaded:
        config.write_text(text)
        config.chmod(0o600)
        return load(config, {"HOME": str(tmp_path), **environ}, known_providers=KNOWN)

    return load_text


@pytest.fixture
def problems(config: Path, tmp_path: Path) -> Callable[..., dict[str, Problem]]:
    """Every fatal problem of `text`, by path."""

    def check_text(text: str = "", **environ: str) -> dict[str, Problem]:
        config.write_text(text)
        config.chmod(0o600)
        found = check(config, {"HOME": str(tmp_path), **environ}, known_providers=KNOWN)
        fatal = [problem for problem in found if problem.fatal]
        assert len({problem.path for problem in fatal}) == len(fatal), "one place, one problem"
        return {problem.path: problem for problem in fatal}

    return check_text
