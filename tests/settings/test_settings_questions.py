"""Answers that take more than one section of the settings."""

from __future__ import annotations

import pytest

from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Action
from qbitproxy.settings import (
    ArrKind,
    ArrSettings,
    ExtensionSettings,
    FetchingSettings,
    FilesSettings,
    ProviderSettings,
    Secret,
    Settings,
    StripTrackers,
)
from qbitproxy.settings.sections import GateSettings


def a_provider(**changes: object) -> ProviderSettings:
    given: dict[str, object] = {"kind": "realdebrid", "api_key": Secret("NOT-A-KEY")}
    return ProviderSettings(**(given | changes))  # type: ignore[arg-type]


def test_an_arr_is_found_by_its_category() -> None:
    settings = Settings(
        arrs={"tv": ArrSettings(kind=ArrKind.SONARR), "films": ArrSettings(kind=ArrKind.RADARR)}
    )

    found = [settings.arr_for_category(category) for category in ("tv-sonarr", "radarr", "other")]

    assert found == ["tv", "films", ""]


def test_providers_are_asked_in_the_order_named_then_as_in_the_file() -> None:
    arr = ArrSettings(kind=ArrKind.SONARR, providers=("a", "off"))
    settings = Settings(
        provider_order=("c",),
        providers={"a": a_provider(), "off": a_provider(enabled=False), "b": a_provider(), "c": a_provider()},
        arrs={"sonarr": arr},
    )

    assert settings.enabled_providers() == ("c", "a", "b")
    assert settings.enabled_providers("sonarr") == ("a",)
    assert settings.enabled_providers("learned") == ("c", "a", "b")


@pytest.mark.parametrize(
    ("own", "default", "mount", "expected"),
    [
        (None, None, "", Action.DOWNLOAD),
        (None, None, "/mnt/rd", Action.SYMLINK),
        (None, Action.NONE, "/mnt/rd", Action.NONE),
        (Action.DOWNLOAD, Action.NONE, "/mnt/rd", Action.DOWNLOAD),
    ],
)
def test_the_arr_decides_over_the_default_and_that_over_the_mount(
    own: Action | None, default: Action | None, mount: str, expected: Action
) -> None:
    settings = Settings(
        arrs={"sonarr": ArrSettings(kind=ArrKind.SONARR, action=own)},
        providers={"rd": a_provider(mount=mount)},
        files=FilesSettings(default_action=default),
    )

    assert settings.action_for("sonarr") is expected


def test_uncached_policies_fall_back_from_arr_to_provider_to_default() -> None:
    settings = Settings(
        arrs={"sonarr": ArrSettings(kind=ArrKind.SONARR, uncached=False)},
        providers={"own": a_provider(uncached=False), "silent": a_provider()},
        fetching=FetchingSettings(uncached=True),
    )

    assert settings.uncached_for("sonarr") is False
    assert settings.uncached_for("learned") is None
    assert (settings.allows_uncached("own"), settings.allows_uncached("silent")) == (False, True)


@pytest.mark.parametrize(
    ("kind", "extensions"),
    [
        ("sonarr", {"mkv"}),
        ("radarr", {"mkv"}),
        ("whisparr", {"mkv"}),
        ("lidarr", {"flac"}),
        ("readarr", {"epub", "flac"}),
        ("", {"mkv", "flac", "epub"}),
    ],
)
def test_each_kind_of_arr_wants_the_files_it_can_import(kind: str, extensions: set[str]) -> None:
    groups = ExtensionSettings(video=("mkv",), audio=("flac",), book=("epub",))
    settings = Settings(
        files=FilesSettings(extensions=groups, minimum_size=5, maximum_size=9, skip_samples=False)
    )

    rules = settings.rules_for(kind)

    assert rules.extensions == extensions
    assert (rules.minimum_size, rules.maximum_size, rules.skip_samples) == (5, 9, False)


@pytest.mark.parametrize(
    ("kind", "needed"),
    [("sonarr", ("*.srt",)), ("radarr", ("*.srt",)), ("lidarr", ("flac",)), ("readarr", ("epub",))],
)
def test_each_kind_of_arr_has_its_own_gate(kind: str, needed: tuple[str, ...]) -> None:
    gate = GateSettings(video=("*.srt",), audio=("flac",), book=("epub",), sizes=False)

    rules = Settings(gate=gate).gate_for(kind)

    assert (rules.must_contain, rules.sizes, rules.episodes) == (needed, False, True)


@pytest.mark.parametrize(
    ("own", "everybodys", "private", "tracker", "strips"),
    [
        (None, "private", None, "udp://t.example/announce", False),
        (None, "private", None, "https://t.example/announce?passkey=fake", True),
        (None, "private", True, "udp://t.example/announce", True),
        ("never", "always", True, "https://t.example/announce?passkey=fake", False),
        ("always", "never", False, "udp://t.example/announce", True),
        (None, "never", True, "udp://t.example/announce", False),
    ],
)
def test_trackers_stay_with_us_as_the_arr_or_everybody_wants(
    own: str | None, everybodys: str, private: bool | None, tracker: str, strips: bool
) -> None:
    policy = StripTrackers(own) if own else None
    settings = Settings(
        arrs={"sonarr": ArrSettings(kind=ArrKind.SONARR, strip_trackers=policy)},
        files=FilesSettings(strip_trackers=StripTrackers(everybodys)),
    )
    source = Source(infohash="a" * 40, name="a", magnet="magnet:", private=private, trackers=(tracker,))

    assert settings.strips_trackers(source, "sonarr") is strips
