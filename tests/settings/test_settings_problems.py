"""What a person is told who wrote something wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Problem, SettingsError, check, load
from tests.certificates import certify

Check = Callable[..., dict[str, Problem]]

WRONG_THROUGHOUT = """
provider_order = ["realdebrid", "torbax", "realdebrid"]
colour = "blue"

[server]
prot = 8282
port = 70000
url_base = 7
max_upload = "lots"
trusted_proxies = ["10.0.0.1/8"]

[arrs.sonarr]
url = "ftp://sonarr"
path_mappings = [{ from = "mnt/a", to = "/b" }, { from = "/c" }]
confirm = "yes"

[arrs.second]
kind = "sonar"

[providers.realdebrid]
kind = "realdebird"
api_key = "NOT-A-KEY"
poll = "0s"

[files]
download_root = "downloads"
file_mode = 644
minimum_size = "2GB"
maximum_size = "1GB"

[log]
level = "loud"
"""


def test_every_problem_is_told_at_once_each_at_its_path(problems: Check) -> None:
    found = problems(WRONG_THROUGHOUT)

    assert set(found) == {
        "provider_order[1]",
        "provider_order[2]",
        "colour",
        "server.prot",
        "server.port",
        "server.url_base",
        "server.max_upload",
        "server.trusted_proxies[0]",
        "arrs.sonarr.url",
        "arrs.sonarr.path_mappings[0].from",
        "arrs.sonarr.path_mappings[1].to",
        "arrs.sonarr.confirm",
        "arrs.second.kind",
        "providers.realdebrid.kind",
        "providers.realdebrid.poll",
        "files.download_root",
        "files.file_mode",
        "files.maximum_size",
        "log.level",
    }


@pytest.mark.parametrize(
    ("text", "path", "message", "hint"),
    [
        ("[server]\nprot = 1", "server.prot", "no such setting", "did you mean port?"),
        ("[sever]\nport = 1", "sever", "no such setting", "did you mean server?"),
        ("[server]\nport = 0", "server.port", "out of range", "from 1 to 65535"),
        ("[server]\nport = true", "server.port", "true or false where a whole number", "a whole number"),
        ("[server]\nport = 1.5", "server.port", "a number with decimals", "a whole number"),
        ("[server]\nport = 1999-01-01", "server.port", "a date", "a whole number"),
        ("server = 3", "server", "where a table is expected", "below it"),
        ("arrs = []", "arrs", "a list where a table is expected", "one table for each name"),
        ("provider_order = 'a'", "provider_order", "text where a list is expected", "square brackets"),
        ("[server]\nhost = ''", "server.host", "is empty", "127.0.0.1"),
        ('[server]\nhost = "a\\nb"', "server.host", "line ends", "text in quotes"),
        ("[server]\nurl_base = '/a/../b'", "server.url_base", "not a plain URL path", "/qbit"),
        ("[server]\nlogin_ban = 60", "server.login_ban", "whole number where text", '"30s"'),
        ("[server]\nlogin_ban = '1 hour'", "server.login_ban", "not a duration", '"2h"'),
        ("[server]\nlogin_ban = '999999999d999999999d'", "server.login_ban", "too long", '"1d"'),
        ("[server]\ntls_key = '/nowhere/key.pem'", "server.tls_certificate", "missing", "needs both"),
        ("[server]\nsession_idle = '31d'", "server.session_idle", "longer than", "shorter"),
        ("[files]\nkeep_free = -1", "files.keep_free", "out of range", "at least 0"),
        ("[files]\nkeep_free = '1 XB'", "files.keep_free", "not a size", '"5MiB"'),
        ("[files]\ndownload_root = '/'", "files.download_root", "root of the file system", "absolute path"),
        ("[files]\ndownload_root = '/a/../b'", "files.download_root", '".."', "absolute path"),
        ("[files]\numask = '22'", "files.umask", "not a file mode", '"0644"'),
        ("[files.extensions]\nvideo = ['m k v']", "files.extensions.video[0]", "not a file ext", '"mkv"'),
        ("[providers.torbox]\nseen_at = ['a/b']", "providers.torbox.seen_at[0]", "not an http", "or a URL"),
        ("[providers.torbox]\nseen_at = ['']", "providers.torbox.seen_at[0]", "is empty", "or a URL"),
        ("[providers.torbox]\ncanary = '../a'", "providers.torbox.canary", "not a path below", "version.txt"),
        ("[webhooks]\ncallback_url = 'example.org'", "webhooks.callback_url", "not an http", "https://"),
        ("[arrs.sonarr]\nurl = 'http://a:99999'", "arrs.sonarr.url", "not an http", "http://"),
        ("[arrs.sonarr]\nurl = 'http://u:p@a'", "arrs.sonarr.url", "more than scheme", "http://"),
        ("[arrs.sonarr]\nurl = 'http://a/?x'", "arrs.sonarr.url", "more than scheme", "http://"),
        ("[arrs.sonarr]\napi_key = 'NOT-A-KEY'", "arrs.sonarr.url", "missing", "http://127.0.0.1:8989"),
        ("[arrs.sonarr]\ncategory = '../tv'", "arrs.sonarr.category", "folder name", "tv-sonarr"),
        ("[arrs.tv]\nurl = ''", "arrs.tv.kind", "missing", '"sonarr" or "radarr"'),
        ("[arrs.'My Sonarr']\nkind = 'sonarr'", "arrs.My Sonarr", "not a usable name", "lower-case"),
        (
            "[arrs.sonarr]\npath_mappings = [{ from = '', to = '/b' }]",
            "arrs.sonarr.path_mappings[0].from",
            "is empty",
            "absolute path",
        ),
        ("[arrs.sonarr]\nproviders = ['x']", "arrs.sonarr.providers[0]", "not configured", ""),
        ("[arrs.a-b]\nkind='sonarr'\n[arrs.a_b]\nkind='radarr'", "arrs.a_b", "the same name", "count as the"),
        (
            "[arrs.one]\nkind = 'sonarr'\n[arrs.two]\nkind = 'sonarr'",
            "arrs.two.category",
            "used by another Arr",
            "its own",
        ),
        ("[providers.realdebrid]", "providers.realdebrid.api_key", "missing", "enabled = false"),
        ("[providers.realdebrid]\napi_key = 5", "providers.realdebrid.api_key", "whole number", "in quotes"),
        (
            "[providers.realdebrid]\napi_key = 'A B'",
            "providers.realdebrid.api_key",
            "holds blanks",
            "the key",
        ),
        (
            "[providers.mine]\nkind = 'real-debrid'\napi_key = 'NOT-A-KEY'",
            "providers.mine.kind",
            "no such provider",
            "did you mean realdebrid?",
        ),
        (
            "[providers.zz]\napi_key = 'NOT-A-KEY'",
            "providers.zz.kind",
            "no such provider",
            "known here: realdebrid, torbox",
        ),
        (
            "[files]\ndownload_root = '/mnt/rd/x'\n[providers.realdebrid]\napi_key='X'\nmount = '/mnt/rd'",
            "providers.realdebrid.mount",
            "overlaps",
            "apart",
        ),
        (
            "[files]\ndownload_root = '/srv/x'\n[qbittorrent]\nui_folder = '/srv'",
            "qbittorrent.ui_folder",
            "overlaps",
            "apart",
        ),
        ("[qbittorrent]\nui_folder = '/srv'\nui_path = '/api'", "qbittorrent.ui_path", "needed", "/vue"),
        ("[files]\ngroup = 'no-such-group-here'", "files.group", "not a group", "name or number"),
        ("[arrs.sonarr]\nurl = 'http://ü..b'\napi_key = 'X'", "arrs.sonarr.url", "not an http", "8989"),
        ("[arrs.sonarr]\nurl = 'http://10.0.0..2'\napi_key = 'X'", "arrs.sonarr.url", "not an http", "8989"),
    ],
)
def test_a_problem_says_what_is_wrong_and_what_to_write(
    problems: Check, text: str, path: str, message: str, hint: str
) -> None:
    found = problems(text)

    assert message in found[path].message
    assert hint in found[path].hint


def test_a_wrong_value_causes_no_second_problem(problems: Check) -> None:
    assert set(problems("[providers.realdebrid]\napi_key = 5")) == {"providers.realdebrid.api_key"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[server", "is not TOML"),
        (b"[a]\n[a]", "is not TOML"),
        (b"host = '\xff'", "is not UTF-8"),
        (b"n = " + b"9" * 5000, "is not TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_one_problem_beside_those_of_the_environment(
    config: Path, content: bytes, message: str
) -> None:
    config.write_bytes(content)

    found = {problem.path: problem for problem in check(config, {"QBITPROXY_SERVER__PORT": "x"})}

    assert message in found[str(config)].message
    assert "QBITPROXY_SERVER__PORT" in found


def test_a_missing_file_is_a_problem_that_tells_how_to_make_one(config: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(config, {})

    (problem,) = caught.value.problems
    assert "No such file" in problem.message
    assert "config example" in problem.hint


def test_the_error_reads_as_one_line_for_each_problem(config: Path) -> None:
    config.write_text("[server]\nport = 0\nhots = ''")

    with pytest.raises(SettingsError) as caught:
        load(config, {})

    assert str(caught.value).splitlines() == [
        "server.hots: there is no such setting (did you mean host?)",
        "server.port: is out of range (write a whole number, from 1 to 65535)",
    ]


def test_a_proxy_that_is_none_and_a_pattern_that_is_empty_are_named(problems: Check) -> None:
    found = problems(
        """
[providers.realdebrid]
api_key = "NOT-A-KEY"
proxy = "socks4:10.0.0.1"

[gate]
video = ["mkv", "srt|"]
"""
    )

    assert set(found) == {"providers.realdebrid.proxy", "gate.video[1]"}
    assert "socks4" not in str(found["providers.realdebrid.proxy"])


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_download_keys_are_refused_where_a_link_is_one_accounts_own(config: Path, kind: str) -> None:
    config.write_text(f"[providers.main]\nkind = '{kind}'\napi_key = 'MINE'\ndownload_keys = ['A-GUESTS']")

    found = {problem.path: problem for problem in check(config, {"HOME": "/"}, known_providers=PROVIDERS)}

    refused = found.get("providers.main.download_keys")
    if kind in ("alldebrid", "realdebrid"):
        assert refused is None
    else:
        assert refused is not None
        assert refused.fatal
        assert str(refused) == (
            "providers.main.download_keys: no other account's key can download there "
            "(leave it out; a further account gets a table of its own)"
        )


def test_a_rule_that_fits_everything_or_nothing_is_named(problems: Check) -> None:
    found = problems(
        """
[queue]
rules = [
    { message = "(", remedy = "block" },
    { message = "", remedy = "ignore" },
    { message = "x", remedy = "mend" },
]
"""
    )

    assert set(found) == {"queue.rules[0].message", "queue.rules[1].message", "queue.rules[2].remedy"}


@pytest.mark.parametrize("other", ["", "-----BEGIN CERTIFICATE-----\n"], ids=["empty", "half written"])
def test_tls_files_that_cannot_be_used_are_a_problem(problems: Check, tmp_path: Path, other: str) -> None:
    certificate, key = certify(tmp_path)
    certificate.write_text(other)

    found = problems(f"[server]\ntls_certificate = '{certificate}'\ntls_key = '{key}'")

    assert set(found) == {"server.tls_certificate"}
    assert "tls_key" in found["server.tls_certificate"].message


def test_a_tls_key_with_a_password_is_a_problem_and_asks_nobody_for_it(
    problems: Check, tmp_path: Path
) -> None:
    certificate, key = certify(tmp_path, password=b"fake password")

    found = problems(f"[server]\ntls_certificate = '{certificate}'\ntls_key = '{key}'")

    assert "password" in found["server.tls_certificate"].hint
