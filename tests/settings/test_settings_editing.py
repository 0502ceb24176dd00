"""Settings that are changed by a program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Settings, SettingsError, load
from qbitproxy.settings.editing import Editor

FILE = """
[server]
port = 8282

[arrs.sonarr]
url = "http://127.0.0.1:8989"
api_key = "NOT-A-KEY-1"

[providers.realdebrid]
api_key = "NOT-A-KEY-2"

[webhooks]
callback_url = "https://hooks.example/secret-path"
"""


class Kept:
    """A settings file with its editor."""

    def __init__(self, folder: Path, text: str = FILE, environ: Mapping[str, str] | None = None) -> None:
        self.path = folder / "qbitproxy.toml"
        self.path.write_text(text)
        self.path.chmod(0o600)
        self.environ = {"HOME": str(folder), **(environ or {})}
        self.editor = Editor(self.path, self.environ, PROVIDERS)

    def loaded(self) -> Settings:
        return load(self.path, self.environ, known_providers=PROVIDERS).settings

    def merge(self, patch: dict[str, Any]) -> Settings:
        self.editor.merge(patch, self.loaded())
        return self.loaded()

    def replace(self, whole: dict[str, Any]) -> Settings:
        self.editor.replace(whole, self.loaded())
        return self.loaded()


def test_a_patch_sets_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    settings = Kept(tmp_path).merge({"log": {"level": "debug"}, "arrs": {"sonarr": {"report_limit": 7}}})

    assert settings.log.level == "debug"
    assert settings.arrs["sonarr"].report_limit == 7
    assert settings.arrs["sonarr"].api_key.reveal() == "NOT-A-KEY-1"
    assert settings.server.port == 8282


def test_null_is_the_default_and_takes_a_whole_table_away(tmp_path: Path) -> None:
    settings = Kept(tmp_path).merge({"webhooks": {"callback_url": None}, "arrs": {"sonarr": None}})

    assert settings.webhooks.callback_url == ""
    assert settings.arrs == {}


def test_what_was_shown_may_come_back_and_changes_nothing_secrets_included(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    before = kept.loaded()
    shown = before.redacted()
    assert "NOT-A-KEY" not in str(shown)
    assert "secret-path" not in str(shown)

    assert kept.replace(shown) == before
    assert kept.merge(shown) == before


def test_a_replacement_puts_what_it_does_not_name_at_its_default(tmp_path: Path) -> None:
    settings = Kept(tmp_path).replace({"providers": {"realdebrid": {"api_key": "***", "uncached": True}}})

    assert settings.arrs == {}
    assert settings.webhooks.callback_url == ""
    assert settings.providers["realdebrid"].api_key.reveal() == "NOT-A-KEY-2"
    assert settings.providers["realdebrid"].uncached is True


def test_a_key_in_a_file_of_its_own_stays_there_until_another_is_given(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("NOT-A-KEY-3")
    key.chmod(0o600)
    kept = Kept(tmp_path, f'[providers.realdebrid]\napi_key_file = "{key}"\n')

    assert kept.merge({"log": {"level": "debug"}}).providers["realdebrid"].api_key.kept_in == str(key)
    assert "NOT-A-KEY-3" not in kept.path.read_text()

    changed = kept.merge({"providers": {"realdebrid": {"api_key": "NOT-A-KEY-4"}}})
    assert changed.providers["realdebrid"].api_key.reveal() == "NOT-A-KEY-4"


def test_what_the_environment_says_is_not_copied_into_the_file(tmp_path: Path) -> None:
    environ = {"QBITPROXY_PROVIDERS__REALDEBRID__API_KEY": "NOT-A-KEY-5", "QBITPROXY_SERVER__PORT": "9999"}
    kept = Kept(tmp_path, environ=environ)
    shown = kept.loaded().redacted()

    kept.replace(shown)

    assert "NOT-A-KEY-5" not in kept.path.read_text()
    assert "port = 8282" in kept.path.read_text()
    assert kept.loaded().server.port == 9999


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"server": {"port": "many"}}, "server.port"),
        ({"server": {"prot": 1}}, "server.prot"),
        ({"colour": "red"}, "colour"),
        ({"server": 7}, "server"),
        ({"arrs": {"radarr": 5}}, "arrs.radarr"),
        ({"arrs": {"radarr": {"category": "tv-sonarr"}}}, "arrs.radarr.category"),
        ({"providers": {"usenet": {}}}, "providers.usenet.kind"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_the_file_stays(
    tmp_path: Path, patch: dict[str, Any], path: str
) -> None:
    kept = Kept(tmp_path)

    with pytest.raises(SettingsError) as refused:
        kept.merge(patch)

    assert path in [problem.path for problem in refused.value.problems]
    assert kept.path.read_text() == FILE


def test_a_file_that_is_broken_is_not_written_over(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    settings = kept.loaded()
    kept.path.write_text("this is no TOML")

    with pytest.raises(SettingsError):
        kept.editor.merge({"log": {"level": "debug"}}, settings)

    assert kept.path.read_text() == "this is no TOML"


def test_what_stood_there_before_is_kept_beside_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path)

    kept.merge({"log": {"level": "debug"}})

    assert (tmp_path / "qbitproxy.toml.bak").read_text() == FILE


@pytest.mark.parametrize("names", [("api_key", "api_key_file"), ("api_key_file", "api_key")])
def test_null_for_one_spelling_takes_nothing_from_the_other(tmp_path: Path, names: tuple[str, str]) -> None:
    said = {"api_key": "NOT-A-KEY-3", "api_key_file": None}

    settings = Kept(tmp_path).merge({"arrs": {"sonarr": {name: said[name] for name in names}}})

    assert settings.arrs["sonarr"].api_key.reveal() == "NOT-A-KEY-3"
