"""A config.json of Decypharr in our words."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.__main__ import main
from qbitproxy.core.torrent import Action
from qbitproxy.settings.decypharr import COUNTERPARTS, converted, counterparts_table
from qbitproxy.settings.outline import document

PAGE = Path(__file__).parents[2] / "docs" / "migrating-from-decypharr.md"

V1: dict[str, Any] = {
    "port": "8181",
    "url_base": "/debrid/",
    "log_level": "warn",
    "use_auth": False,
    "min_file_size": "50MB",
    "remove_stalled_after": "3d",
    "callback_url": "https://hook.example/told",
    "debrids": [
        {
            "name": "realdebrid",
            "api_key": "fake-key-1",
            "download_api_keys": ["fake-key-1", "fake-key-2"],
            "folder": "/mnt/rd/__all__/",
            "rate_limit": "250/minute",
            "use_webdav": True,
        },
        {"name": "torbox", "api_key": "fake-key-3", "rate_limit": "2/second"},
    ],
    "qbittorrent": {"download_folder": "/mnt/links/", "max_downloads": 7, "always_rm_tracker_urls": True},
    "arrs": [
        {"name": "sonarr", "host": "http://sonarr.example:8989", "token": "fake-key-4", "cleanup": True},
        {"name": "Radarr 4K", "host": "http://radarr.example:7878/", "token": "fake-key-5"},
        {"name": "music", "host": "http://lidarr.example", "token": "fake-key-6"},
    ],
    "repair": {"enabled": True, "interval": "24h", "workers": 4},
}


def test_file_of_v1_is_told_in_our_words() -> None:
    settings = converted(V1).settings

    assert (settings.server.port, settings.server.url_base, settings.log.level) == (
        8181,
        "/debrid",
        "warning",
    )
    assert settings.files.minimum_size == 50_000_000
    assert settings.files.download_root == "/mnt/links"
    assert settings.files.parallel_downloads == 7
    assert settings.files.strip_trackers == "always"
    assert settings.fetching.stall_patience == timedelta(days=3)
    realdebrid, torbox = settings.providers["realdebrid"], settings.providers["torbox"]
    assert realdebrid.mount == "/mnt/rd/__all__"
    assert [key.reveal() for key in realdebrid.download_keys] == ["fake-key-2"]
    assert (realdebrid.requests_per_minute, torbox.requests_per_minute) == (250, 120)


def test_arr_keeps_its_name_as_category() -> None:
    arrs = converted(V1).settings.arrs

    assert {name: (arr.kind, arr.category, arr.url) for name, arr in arrs.items()} == {
        "sonarr": ("sonarr", "sonarr", "http://sonarr.example:8989"),
        "radarr-4k": ("radarr", "Radarr 4K", "http://radarr.example:7878"),
    }


@pytest.mark.parametrize(("enabled", "schedule"), [(True, "24h"), (False, "")])
def test_an_interval_of_repair_counts_only_while_repair_is_on(enabled: bool, schedule: str) -> None:
    repair = {"enabled": enabled, "interval": "24h", "auto_process": True, "strategy": "per_file"}

    found = converted({"repair": repair}).settings.repair

    assert (document(found, reveal=True)["schedule"], found.auto_process) == (schedule, True)
    assert found.strategy == "per_file"


def test_what_nothing_stands_for_is_said() -> None:
    notes = "\n".join(converted(V1).notes)

    for key in ("debrids[].use_webdav", "arrs[].cleanup", "repair.workers", "'music'"):
        assert key in notes
    assert "use_auth" not in notes  # off there: nothing was lost that anybody set
    assert "fake-key" not in notes


def test_file_of_v2_is_told_in_our_words() -> None:
    theirs = {
        "download_folder": "/data",
        "default_download_action": "download",
        "skip_multi_season": True,
        "allow_samples": True,
        "notifications": {"webhook_url": "https://discord.example/x", "events": ["download_failed"]},
        "debrids": [{"name": "Main account", "provider": "premiumize", "api_key": "fake-key"}],
    }

    found = converted(theirs)

    assert found.settings.files.download_root == "/data"
    assert found.settings.files.default_action is Action.DOWNLOAD
    assert (found.settings.files.split_seasons, found.settings.files.skip_samples) == (False, False)
    assert found.settings.notifications["discord"].url.reveal() == "https://discord.example/x"
    assert found.settings.providers["main-account"].kind == "premiumize"
    assert found.notes == ["notifications.events: there is nothing like it here"]


def test_value_that_does_not_fit_is_named_and_left_out() -> None:
    found = converted({"port": "many", "min_file_size": "plenty", "debrids": [7], "max_file_size": "9GB"})

    assert found.settings.files.maximum_size == 9_000_000_000
    assert [note.partition(":")[0] for note in found.notes] == [
        "debrids[]",
        "server.port",
        "files.minimum_size",
    ]


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
anything = st.recursive(
    leaves, lambda each: st.lists(each, max_size=2) | st.dictionaries(st.text(max_size=5), each)
)


@given(
    st.dictionaries(
        st.sampled_from([c.theirs.partition(".")[0].removesuffix("[]") for c in COUNTERPARTS]), anything
    ),
    st.lists(st.dictionaries(st.sampled_from(["name", "folder", "host", "type", "rate_limit"]), leaves)),
)
def test_nothing_that_stands_in_a_file_is_too_odd(theirs: dict[str, Any], rows: list[Any]) -> None:
    converted(theirs)
    converted({"debrids": rows, "arrs": rows})


def test_command_prints_a_settings_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(V1))

    assert main(["config", "import", "decypharr", str(path)]) == 0

    printed = capsys.readouterr()
    assert tomllib.loads(printed.out)["providers"]["realdebrid"]["api_key"] == "fake-key-1"
    assert "repair.workers" in printed.err


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_command_explains_a_file_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)

    assert main(["config", "import", "decypharr", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_page_about_it_holds_every_counterpart() -> None:
    assert counterparts_table() in PAGE.read_text()
