"""What loaded settings hold, where they are looked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from qbitproxy.core.torrent import Action
from qbitproxy.settings import Loaded, Settings, check, config_path, load_or_create, state_directory
from tests.certificates import certify

Load = Callable[..., Loaded]


def test_every_form_of_writing_is_understood(loaded: Load) -> None:
    settings = loaded(
        """
        [server]
        url_base = "qbit/"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        session_idle = "1h30m"
        [arrs.sonarr]
        url = "http://127.0.0.1:8989/sonarr/"
        path_mappings = [{ from = "/mnt//downloads/", to = "/downloads" }]
        uncached = true
        [providers.realdebrid]
        api_key = "NOT-A-KEY"
        base_url = "http://127.0.0.1:1/rest"
        poll = "1500ms"
        enabled = false
        [files]
        minimum_size = "1.5 kB"
        keep_free = 4096
        file_mode = "640"
        umask = "0027"
        default_action = "none"
        [files.extensions]
        book = [".EPUB"]
        """
    ).settings

    assert settings.server.url_base == "/qbit"
    assert settings.server.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert settings.server.session_idle == timedelta(minutes=90)
    sonarr = settings.arrs["sonarr"]
    assert (sonarr.url, sonarr.uncached) == ("http://127.0.0.1:8989/sonarr", True)
    assert (sonarr.path_mappings[0].ours, sonarr.path_mappings[0].theirs) == ("/mnt/downloads", "/downloads")
    provider = settings.providers["realdebrid"]
    assert (provider.base_url, provider.poll) == ("http://127.0.0.1:1/rest/", timedelta(milliseconds=1500))
    files = settings.files
    assert (files.minimum_size, files.keep_free, files.file_mode, files.umask) == (1500, 4096, 0o640, 0o027)
    assert files.default_action is Action.NONE
    assert files.extensions.book == ("epub",)


@pytest.mark.parametrize(
    ("kind", "category"),
    [("sonarr", "tv-sonarr"), ("radarr", "radarr"), ("lidarr", "lidarr"), ("whisparr", "whisparr")],
)
def test_an_arr_is_of_the_kind_it_is_called_with_the_usual_category(
    loaded: Load, kind: str, category: str
) -> None:
    arr = loaded(f"[arrs.{kind}]").settings.arrs[kind]

    assert (arr.kind, arr.category) == (kind, category)


def test_an_empty_file_gives_the_defaults_with_downloads_in_the_state_directory(loaded: Load) -> None:
    settings = loaded("", QBITPROXY_STATE="/var/lib/qbitproxy").settings

    assert settings.files.download_root == "/var/lib/qbitproxy/downloads"
    assert settings.server == Settings().server


def test_a_file_that_starts_with_a_byte_order_mark_is_understood(loaded: Load) -> None:
    assert loaded("\ufeff[server]\nport = 1234").settings.server.port == 1234


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "providers"),
        ("[providers.realdebrid]\napi_key = 'X'\nmount = '/nowhere/at/all'", "providers.realdebrid.mount"),
        ("[providers.realdebrid]\napi_key = 'X'\n[files]\ndefault_action='symlink'", "files.default_action"),
        ("[arrs.sonarr]\nurl = 'http://127.0.0.1:8989'", "arrs.sonarr"),
        ("[qbittorrent]\nui_folder = '/nowhere/at/all'", "qbittorrent.ui_folder"),
        ("[qbittorrent]\nui_folder = '/srv'\nui_path = ''", "qbittorrent.ui_path"),
    ],
)
def test_what_may_be_right_later_is_only_a_warning(loaded: Load, text: str, path: str) -> None:
    warnings = {warning.path for warning in loaded(text).warnings}

    assert path in warnings


def test_a_mount_that_is_there_is_no_reason_to_warn(loaded: Load, tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()

    assert not loaded(
        f"[files]\ngroup = '0'\n[providers.realdebrid]\napi_key = 'X'\nmount = '{mount}'"
    ).warnings


def test_tls_files_that_are_there_are_accepted(loaded: Load, tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)

    server = loaded(f"[server]\ntls_certificate = '{certificate}'\ntls_key = '{key}'").settings.server

    assert server.tls_key == str(key)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"QBITPROXY_CONFIG": "/x/y.toml", "CONFIGURATION_DIRECTORY": "/etc/q"}, "/x/y.toml"),
        ({"CONFIGURATION_DIRECTORY": "/etc/q:/etc/r", "HOME": "/h"}, "/etc/q/qbitproxy.toml"),
        ({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}, "/c/qbitproxy/qbitproxy.toml"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/qbitproxy/qbitproxy.toml"),
        ({"HOME": "/h"}, "/h/.config/qbitproxy/qbitproxy.toml"),
    ],
)
def test_the_settings_file_is_looked_for_where_the_environment_says(
    environ: dict[str, str], expected: str
) -> None:
    assert config_path(environ) == Path(expected)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"QBITPROXY_STATE": "/s", "STATE_DIRECTORY": "/var/lib/q"}, "/s"),
        ({"STATE_DIRECTORY": "/var/lib/q:/var/lib/r"}, "/var/lib/q"),
        ({"XDG_STATE_HOME": "/st", "HOME": "/h"}, "/st/qbitproxy"),
        ({"HOME": "/h"}, "/h/.local/state/qbitproxy"),
    ],
)
def test_the_state_is_kept_where_the_environment_says(environ: dict[str, str], expected: str) -> None:
    assert state_directory(environ) == Path(expected)


def test_a_first_start_writes_the_example_and_goes_on_with_the_defaults(tmp_path: Path) -> None:
    config = tmp_path / "new" / "qbitproxy.toml"

    first = load_or_create(config, {"HOME": str(tmp_path)})

    assert config.stat().st_mode & 0o777 == 0o600
    assert first.settings.server == Settings().server
    assert load_or_create(config, {"HOME": str(tmp_path)}) == first


def test_a_first_start_that_may_not_write_goes_on_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()

    first = load_or_create(tmp_path / "taken" / "qbitproxy.toml", {"QBITPROXY_SERVER__PORT": "1234"})

    assert first.settings.server.port == 1234
    assert any("cannot be written" in warning.message for warning in first.warnings)


def test_checking_tells_problems_and_warnings_apart(config: Path) -> None:
    config.write_text("[server]\nport = 0")

    fatal = {problem.path: problem.fatal for problem in check(config, {"HOME": "/nowhere"})}

    assert fatal == {"server.port": True, "providers": False}
