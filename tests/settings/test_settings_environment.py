"""Variables and credentials laid over the settings file."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from qbitproxy.core.torrent import Action
from qbitproxy.settings import Loaded, Problem

Load = Callable[..., Loaded]
Check = Callable[..., dict[str, Problem]]

PROVIDER = "[providers.realdebrid]\napi_key = 'FROM-FILE'\nmount = '/mnt/rd'\npoll = '30s'\n"


def test_a_variable_wins_over_the_file_key_by_key(loaded: Load) -> None:
    settings = loaded("[server]\nport = 1\nhost = '::1'", QBITPROXY_SERVER__PORT="8283").settings

    assert (settings.server.port, settings.server.host) == (8283, "::1")


def test_variables_are_written_like_the_file_without_quotes(loaded: Load) -> None:
    settings = loaded(
        "",
        QBITPROXY_SERVER__LOGIN_BAN="2h",
        QBITPROXY_SERVER__TRUSTED_PROXIES='["10.0.0.0/8"]',
        QBITPROXY_QBITTORRENT__QUEUEING="false",
        QBITPROXY_FILES__GROUP="1000",
        QBITPROXY_FILES__UMASK="0022",
        QBITPROXY_FILES__DEFAULT_ACTION="download",
        QBITPROXY_FILES__EXTENSIONS__BOOK="['epub']",
        QBITPROXY_ARRS__TV__KIND="sonarr",
        QBITPROXY_ARRS__TV__UNCACHED="",
        QBITPROXY_ARRS__TV__PATH_MAPPINGS='[{ from = "/a", to = "/b" }]',
    ).settings

    assert settings.server.login_ban.total_seconds() == 7200
    assert settings.server.trusted_proxies == (ip_network("10.0.0.0/8"),)
    assert settings.qbittorrent.queueing is False
    assert (settings.files.group, settings.files.umask) == ("1000", 0o022)
    assert settings.files.default_action is Action.DOWNLOAD
    assert settings.files.extensions.book == ("epub",)
    assert settings.arrs["tv"].uncached is None
    assert settings.arrs["tv"].path_mappings[0].theirs == "/b"


def test_a_provider_can_be_given_by_a_variable_alone(loaded: Load) -> None:
    provider = loaded("", QBITPROXY_PROVIDERS__REALDEBRID__API_KEY="NOT-A-KEY").settings.providers[
        "realdebrid"
    ]

    assert provider.kind == "realdebrid"
    assert provider.api_key.reveal() == "NOT-A-KEY"


def test_a_variable_finds_a_name_with_a_dash(loaded: Load) -> None:
    arrs = loaded(
        "[arrs.sonarr-4k]\nkind = 'sonarr'", QBITPROXY_ARRS__SONARR_4K__CATEGORY="tv-4k"
    ).settings.arrs

    assert {name: arr.category for name, arr in arrs.items()} == {"sonarr-4k": "tv-4k"}


@pytest.mark.parametrize("table", ['{"poll": "1m"}', '{ poll = "1m" }'])
def test_a_whole_table_wipes_no_key_it_does_not_name(loaded: Load, table: str) -> None:
    provider = loaded(PROVIDER, QBITPROXY_PROVIDERS__REALDEBRID=table).settings.providers["realdebrid"]

    assert provider.poll.total_seconds() == 60
    assert (provider.api_key.reveal(), provider.mount) == ("FROM-FILE", "/mnt/rd")


def test_a_table_of_tables_adds_to_those_of_the_file(loaded: Load) -> None:
    arrs = loaded("[arrs.sonarr]", QBITPROXY_ARRS='{"radarr": {"category": "films"}}').settings.arrs

    assert {name: arr.category for name, arr in arrs.items()} == {"sonarr": "tv-sonarr", "radarr": "films"}


@pytest.mark.parametrize(
    ("variable", "value", "place", "message", "hint"),
    [
        ("SERVER__PORT", "many", "", "neither a TOML nor a JSON", "from 1 to 65535"),
        ("SERVER__PORT", "1\nhost = '::'", "", "more than one value", "whole number"),
        ("SERVER__PORT", "0", "", "out of range", "from 1 to 65535"),
        ("SERVER__PORT", '"80"', "", "is text", "whole number"),
        ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8", "", "neither", "a list in JSON or TOML"),
        ("SERVER__TRUSTED_PROXIES", '["x"]', "[0]", "not a network", "192.168"),
        ("SERVER_PORT", "80", "", "no such setting", "did you mean QBITPROXY_SERVER__PORT?"),
        ("SERVER__PORT__X", "80", "", "no such setting", "QBITPROXY_SERVER__PORT?"),
        ("SERVER", "80", "", "whole number where a table", "table"),
        ("SERVER", "x y", "", "neither", "a table in JSON or TOML"),
        ("SERVER", '{"prot": 1}', ".prot", "no such setting", "did you mean port?"),
        ("ARRS", "[]", "", "a list where a table", "table"),
        ("ARRS__SONARR__APIKEY", "x", "", "no such setting", "QBITPROXY_ARRS__SONARR__API_KEY?"),
        ("ARRS__SONARR__PATH_MAPPINGS", '[{"from": "a", "to": "/"}]', "[0].from", "relative", "absolute"),
        ("LOG__LEVEL", "loud", "", "known words", '"debug" or'),
    ],
)
def test_a_wrong_variable_is_told_by_its_own_name(
    problems: Check, variable: str, value: str, place: str, message: str, hint: str
) -> None:
    found = problems("[arrs.sonarr]", **{f"QBITPROXY_{variable}": value})

    problem = found[f"QBITPROXY_{variable}{place}"]
    assert message in problem.message
    assert hint in problem.hint


def test_a_variable_for_a_table_that_is_no_table_leaves_the_files_problem(problems: Check) -> None:
    found = problems(
        "server = 1\narrs = { sonarr = 2 }",
        QBITPROXY_SERVER__PORT="1",
        QBITPROXY_ARRS__SONARR__URL="http://a",
    )

    assert set(found) == {"server", "arrs.sonarr"}


def test_variables_of_others_are_left_alone(loaded: Load) -> None:
    loaded("", QBITTORRENT_PORT="1", PATH="/bin", QBITPROXY_CONFIG="/x", QBITPROXY_STATE="/y")


def test_a_secret_is_read_from_the_file_a_variable_names(loaded: Load, tmp_path: Path) -> None:
    file = _secret_file(tmp_path / "key", "FROM-SECRET-FILE\n")

    settings = loaded(PROVIDER, QBITPROXY_PROVIDERS__REALDEBRID__API_KEY_FILE=str(file)).settings

    assert settings.providers["realdebrid"].api_key.reveal() == "FROM-SECRET-FILE"


def test_a_secret_is_read_from_the_file_the_settings_name(loaded: Load, tmp_path: Path) -> None:
    file = _secret_file(tmp_path / "key", "FROM-SECRET-FILE\n")

    loaded_settings = loaded(f"[providers.realdebrid]\napi_key_file = '{file}'")

    assert loaded_settings.settings.providers["realdebrid"].api_key.reveal() == "FROM-SECRET-FILE"
    assert not loaded_settings.warnings


def test_a_systemd_credential_wins_over_the_file_and_loses_to_a_variable(
    loaded: Load, tmp_path: Path
) -> None:
    _secret_file(tmp_path / "credentials" / "providers.realdebrid.api_key", "FROM-CREDENTIAL\n")
    _secret_file(tmp_path / "credentials" / "somebody-elses", "x")
    where = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    variable = {"QBITPROXY_PROVIDERS__REALDEBRID__API_KEY": "FROM-VARIABLE"}

    keys = [
        loaded(PROVIDER, **environ).settings.providers["realdebrid"].api_key.reveal()
        for environ in ({}, where, where | variable)
    ]

    assert keys == ["FROM-FILE", "FROM-CREDENTIAL", "FROM-VARIABLE"]


@pytest.mark.parametrize("name", ["providers.realdebrid.api_kye", "providers.realdebrid", "server.port"])
def test_a_credential_that_is_called_like_no_secret_is_a_problem(
    problems: Check, tmp_path: Path, name: str
) -> None:
    _secret_file(tmp_path / "credentials" / name, "x")

    found = problems(PROVIDER, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"))

    assert (
        found[f"credential {name}"].hint == "did you mean providers.realdebrid.api_key?"
        or name == "server.port"
    )


def test_credentials_that_cannot_be_listed_are_a_problem(problems: Check) -> None:
    assert "$CREDENTIALS_DIRECTORY" in problems("", CREDENTIALS_DIRECTORY="/nowhere/at/all")


def test_a_secret_file_that_everybody_may_read_is_worth_a_warning(loaded: Load, tmp_path: Path) -> None:
    file = _secret_file(tmp_path / "key", "NOT-A-KEY", mode=0o644)

    (warning,) = loaded(f"[providers.realdebrid]\napi_key_file = '{file}'").warnings

    assert warning.path == "providers.realdebrid.api_key_file"
    assert "everybody may read" in warning.message


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"", "empty file"), (b"\xff\xfe", "not a text file"), (b"A\nB", "line ends")],
)
def test_a_secret_file_without_a_secret_is_a_problem(
    problems: Check, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    found = problems(f"[providers.realdebrid]\napi_key_file = '{tmp_path}/key'")

    assert message in found["providers.realdebrid.api_key_file"].message


def test_a_secret_file_with_a_relative_path_is_a_problem(problems: Check) -> None:
    found = problems("[providers.realdebrid]\napi_key_file = 'key'")

    assert "absolute" in found["providers.realdebrid.api_key_file"].message


def test_a_secret_given_twice_is_a_problem(problems: Check) -> None:
    in_file = problems("[providers.realdebrid]\napi_key = 'X'\napi_key_file = '/x'")
    in_environment = problems(
        "",
        QBITPROXY_PROVIDERS__REALDEBRID__API_KEY="X",
        QBITPROXY_PROVIDERS__REALDEBRID__API_KEY_FILE="/x",
    )

    assert "keep one" in in_file["providers.realdebrid.api_key_file"].hint
    assert set(in_environment) == {"QBITPROXY_PROVIDERS__REALDEBRID__API_KEY_FILE"}


def _secret_file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path
