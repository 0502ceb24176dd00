"""Settings that are written and come back the same."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct
from msgspec.structs import replace

from qbitproxy.core.gate import Danger
from qbitproxy.core.notices import Kind
from qbitproxy.core.queue_rules import Remedy
from qbitproxy.core.torrent import Action
from qbitproxy.settings import (
    ArrKind,
    Loaded,
    LogLevel,
    ProfileName,
    Secret,
    ServerSettings,
    Settings,
    StripTrackers,
    example_toml,
    forms,
    load,
    reference_markdown,
    save,
)
from qbitproxy.settings.outline import Holds, Key, keys

TEXTS = st.text().filter(str.isprintable)
NAMES = st.from_regex(r"[a-z0-9]{1,6}([-_][a-z0-9]{1,4})?", fullmatch=True)
PATHS = st.lists(
    TEXTS.filter(lambda part: part not in ("", ".", "..") and "/" not in part), min_size=1, max_size=3
)
FOLDERS = PATHS.map(lambda parts: "/" + "/".join(parts))
HOSTS = st.sampled_from(["http://127.0.0.1:8989", "https://arr.example.org", "http://[::1]:80/base"])

VALUES: dict[str, st.SearchStrategy[Any]] = {
    forms.TEXT.says: TEXTS,
    forms.SWITCH.says: st.booleans(),
    forms.DURATION.says: st.integers(60_000, 300_000).map(lambda count: timedelta(milliseconds=count)),
    forms.SIZE.says: st.integers(2**20, 2**30),
    forms.MODE.says: st.integers(0, 0o777),
    forms.NETWORK.says: st.integers(0, 2**32 - 1).map(ip_network),
    forms.ABSOLUTE.says: FOLDERS,
    forms.PLACE.says: FOLDERS | HOSTS,
    forms.BELOW.says: PATHS.map("/".join),
    forms.URL.says: HOSTS,
    forms.BASE_URL.says: HOSTS.map(lambda url: f"{url}/"),
    forms.CALLBACK.says: HOSTS.map(lambda url: f"{url}?token=NOT-A-KEY"),
    forms.URL_BASE.says: st.sampled_from(["", "/qbit", "/a/b"]),
    forms.CATEGORY.says: NAMES,
    forms.TIMETABLE.says: st.sampled_from(["24h", "04:00", "*/15 2 * * 1-5"]),
    forms.WINDOW.says: st.sampled_from(["", "01:00-06:00", "22:00-4:30"]),
    forms.PATTERN.says: st.sampled_from(["not an upgrade", "(?:sample|trailer)$", r"\d+ \\ \"x\""]),
    forms.EXTENSION.says: st.from_regex(r"[a-z0-9]{1,5}", fullmatch=True),
    forms.SECRET.says: st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).map(Secret),
    forms.choice({word: word for word in ("auto", "console", "json")}).says: st.just("json"),
    forms.choice({word: word for word in ("per_torrent", "per_file")}).says: st.just("per_file"),
}
for enum in (Action, ArrKind, Danger, Kind, LogLevel, ProfileName, Remedy, StripTrackers):
    VALUES[forms.choice({str(word): word for word in enum}).says] = st.sampled_from(list(enum))


def anything(key: Key) -> st.SearchStrategy[Any]:
    """Values of one key, whatever it holds."""
    match key.holds:
        case Holds.SECTION:
            return any_section(key.section)
        case Holds.SECTIONS:
            return st.dictionaries(NAMES, any_section(key.section), max_size=3)
        case Holds.ROWS:
            return st.lists(any_section(key.section), max_size=2).map(tuple)
    says = key.form.says.removesuffix(', or ""')
    if says == forms.INTEGER.says and key.bounds is not None:
        value: st.SearchStrategy[Any] = st.integers(key.bounds.low, key.bounds.high)
    elif key.bounds is not None and isinstance(key.bounds.low, timedelta):
        low, high = key.bounds.low, key.bounds.high or 400 * timedelta(days=1)
        span = (high - low) // timedelta(milliseconds=1)
        value = st.integers(0, span).map(lambda count: low + timedelta(milliseconds=count))
    else:
        value = VALUES[says]
    if says != key.form.says:
        value = st.none() | value
    return st.lists(value, unique=True, max_size=3).map(tuple) if key.holds is Holds.VALUES else value


def any_section(shape: type[Struct]) -> st.SearchStrategy[Any]:
    """Sections of `shape`, some keys at their default."""
    return st.fixed_dictionaries(
        {key.attribute: anything(key) for key in keys(shape) if key.default is NODEFAULT},
        optional={key.attribute: anything(key) for key in keys(shape) if key.default is not NODEFAULT},
    ).map(lambda values: shape(**values))


def at_peace(settings: Settings) -> Settings:
    """`settings` with everything mended that does not go together."""
    server, files = settings.server, settings.files
    idle, absolute = sorted((server.session_idle, server.session_absolute))
    providers = {
        f"{name}-{index}": replace(
            each,
            enabled=bool(each.api_key),
            mount=each.mount and f"/mnt{each.mount}",
            proxy=each.proxy and Secret("http://user:NOT-A-KEY@127.0.0.1:3128"),
        )
        for index, (name, each) in enumerate(settings.providers.items())
    }
    arrs = {
        f"{name}-{index}": replace(
            each, category=f"{each.category}-{index}", providers=tuple(providers), url=each.url or "http://a"
        )
        for index, (name, each) in enumerate(settings.arrs.items())
    }
    server = replace(server, session_idle=idle, session_absolute=absolute, tls_certificate="", tls_key="")
    return replace(
        settings,
        server=replace(server, host=server.host or "::"),
        files=replace(files, maximum_size=0, download_root=f"/srv{files.download_root}", group=""),
        gate=replace(settings.gate, video=("*.srt|ass", "mkv"), audio=(), book=()),
        arrs=arrs,
        notifications={
            name: replace(each, url=Secret("ntfys://NOT-A-KEY"))
            for name, each in settings.notifications.items()
        },
        providers=providers,
        provider_order=tuple(reversed(providers)),
    )


@budget(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # each example is written to disk
@given(any_section(Settings).map(at_peace))
def test_settings_that_are_saved_load_as_they_were(settings: Settings) -> None:
    with TemporaryDirectory() as folder:
        save(settings, Path(folder, "qbitproxy.toml"))
        back = load(Path(folder, "qbitproxy.toml"), {"HOME": folder}).settings

    assert back == settings


def test_the_example_loads_without_problems_and_equals_the_defaults(loaded: Callable[..., Loaded]) -> None:
    settings = loaded(example_toml()).settings

    root = settings.files.download_root
    assert settings == replace(Settings(), files=replace(Settings().files, download_root=root))


def test_the_example_shows_every_key_with_its_meaning() -> None:
    lines = example_toml().splitlines()

    for shape in (Settings, ServerSettings):
        for key in keys(shape):
            if key.holds in (Holds.VALUE, Holds.VALUES):
                index = next(i for i, line in enumerate(lines) if line.startswith(f"{key.name} = "))
                assert lines[index - 1].startswith("# ")


def test_the_trial_tables_of_the_example_work_once_they_are_uncommented(
    loaded: Callable[..., Loaded],
) -> None:
    text = example_toml().replace("# [arrs.sonarr]\n# url", "[arrs.sonarr]\nurl")
    text = text.replace('# [providers.realdebrid]\n# api_key = ""', '[providers.realdebrid]\napi_key = "X"')

    settings = loaded(text).settings

    assert settings.arrs["sonarr"].url == "http://127.0.0.1:8989"
    assert settings.enabled_providers() == ("realdebrid",)


def test_every_key_is_explained() -> None:
    def unexplained(shape: type[Struct], path: str) -> list[str]:
        found = [] if shape.__doc__ else [path]
        for key in keys(shape):
            if key.section is not Struct:
                found += unexplained(key.section, f"{path}.{key.name}")
            if key.holds not in (Holds.SECTION, Holds.SECTIONS) and not key.text:
                found.append(f"{path}.{key.name}")
        return found

    assert unexplained(Settings, "") == []


def test_the_reference_in_the_documentation_is_the_one_that_is_generated() -> None:
    committed = Path(__file__).parents[2] / "docs" / "settings.md"

    assert committed.read_text() == reference_markdown(), "run: qbitproxy config reference > docs/settings.md"


def test_a_saved_file_is_its_owners_alone_and_keeps_what_stood_there(config: Path) -> None:
    config.write_text("# the old one")
    config.chmod(0o644)

    save(Settings(), config)

    assert config.stat().st_mode & 0o777 == 0o600
    backup = config.with_name("qbitproxy.toml.bak")
    assert backup.read_text() == "# the old one"
    assert backup.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in config.parent.iterdir()) == ["qbitproxy.toml", "qbitproxy.toml.bak"]


def test_a_save_that_fails_leaves_the_old_file_and_no_litter(config: Path) -> None:
    config.write_text("# the old one")
    backup = config.with_name("qbitproxy.toml.bak")
    backup.mkdir()

    with pytest.raises(OSError, match="directory"):
        save(Settings(), config)

    assert config.read_text() == "# the old one"
    assert sorted(path.name for path in config.parent.iterdir()) == ["qbitproxy.toml", "qbitproxy.toml.bak"]


def test_a_link_to_the_settings_stays_a_link(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(config)

    save(Settings(), link)

    assert link.is_symlink()
    assert config.read_text() == example_toml()


def test_saving_does_not_copy_secrets_that_are_kept_elsewhere(
    loaded: Callable[..., Loaded], config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("FROM-SECRET-FILE")
    file.chmod(0o600)
    settings = loaded(
        f"[arrs.sonarr]\nurl = 'http://a'\napi_key_file = '{file}'",
        QBITPROXY_PROVIDERS__REALDEBRID__API_KEY="FROM-VARIABLE",
    ).settings

    save(settings, config)

    written = tomllib.loads(config.read_text())
    assert "FROM-" not in config.read_text()
    assert written["arrs"]["sonarr"]["api_key_file"] == str(file)
    assert written["providers"]["realdebrid"]["api_key"] == ""
