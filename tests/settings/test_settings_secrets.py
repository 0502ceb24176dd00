"""Secrets that nobody sees by accident."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.providers import PROVIDERS
from qbitproxy.settings import Loaded, Secret, SettingsError, dec_hook, enc_hook, load

KEY = "FAKEKEYFAKEKEYFAKEKEY"
CALLBACK = f"https://user:{KEY}@hooks.example.org:8443/{KEY}?token={KEY}"
WITH_SECRETS = f"""
[arrs.sonarr]
url = "http://127.0.0.1:8989"
api_key = "{KEY}"
[providers.realdebrid]
api_key = "{KEY}"
[webhooks]
callback_url = "{CALLBACK}"
"""


def test_a_secret_prints_as_stars_everywhere_but_where_it_is_revealed() -> None:
    secret = Secret(KEY)

    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % secret, repr([secret])]  # noqa: UP031

    assert all("***" in text and KEY not in text for text in shown)
    assert secret.reveal() == KEY


@given(st.text(), st.text())
def test_secrets_are_equal_when_their_texts_are(first: str, second: str) -> None:
    assert (Secret(first) == Secret(second)) is (first == second)
    assert hash(Secret(first)) == hash(Secret(first, kept_in="/x"))
    assert bool(Secret(first)) is bool(first)


def test_a_secret_equals_nothing_but_a_secret() -> None:
    assert Secret(KEY) != KEY


def test_msgspec_encodes_a_secret_as_stars_and_decodes_it_from_text() -> None:
    assert msgspec.json.encode({"key": Secret(KEY)}, enc_hook=enc_hook) == b'{"key":"***"}'
    assert msgspec.json.decode(f'"{KEY}"', type=Secret, dec_hook=dec_hook) == Secret(KEY)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode("5", type=Secret, dec_hook=dec_hook)
    with pytest.raises(NotImplementedError):
        msgspec.json.encode(object(), enc_hook=enc_hook)
    with pytest.raises(NotImplementedError):
        msgspec.json.decode('"x"', type=Path, dec_hook=dec_hook)


def test_loaded_settings_show_no_secret(loaded: Callable[..., Loaded]) -> None:
    settings = loaded(WITH_SECRETS).settings

    assert settings.webhooks.callback_url == CALLBACK
    assert KEY not in repr(settings)
    assert KEY not in str(settings)


def test_redacted_settings_are_json_without_a_secret(loaded: Callable[..., Loaded]) -> None:
    redacted = json.loads(json.dumps(loaded(WITH_SECRETS).settings.redacted()))

    assert KEY not in json.dumps(redacted)
    assert redacted["providers"]["realdebrid"]["api_key"] == "***"
    assert redacted["webhooks"]["callback_url"] == "https://hooks.example.org:8443/***"
    assert redacted["server"]["login_ban"] == "1h"


def test_redacted_settings_tell_a_missing_secret_from_a_hidden_one(loaded: Callable[..., Loaded]) -> None:
    redacted = loaded("[arrs.sonarr]").settings.redacted()

    assert redacted["arrs"]["sonarr"]["api_key"] == ""
    assert redacted["webhooks"]["callback_url"] == ""


@pytest.mark.parametrize(
    "text",
    [
        f"[providers.realdebrid]\napi_key = '{KEY} {KEY}'",
        f"[providers.realdebrid]\napi_key = ['{KEY}']",
        f"[providers.realdebrid]\nkind = '{KEY}'\napi_key = 'X'",
        f"[providers.realdebrid]\napi_key = '{KEY}",
        f"[providers.realdebrid]\napi_key = {KEY}",
        f"[server]\nport = '{KEY}'",
        f"[arrs.sonarr]\nurl = 'http://{KEY}@sonarr'",
        f"provider_order = ['{KEY}']",
    ],
)
def test_no_problem_repeats_a_value(config: Path, text: str) -> None:
    config.write_text(text)

    with pytest.raises(SettingsError) as caught:
        load(config, {"QBITPROXY_SERVER__HOTS": KEY}, known_providers=PROVIDERS)

    assert KEY not in str(caught.value)
    assert KEY not in repr(caught.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        WITH_SECRETS,
        f"[account]\npassword = '{KEY}'",
        f"[notifications.discord]\nurl = 'https://discord.com/api/webhooks/1/{KEY}'",
        f"[providers.realdebrid]\nenabled = false\nproxy = 'http://user:{KEY}@10.0.0.1:3128'",
        f"[providers.realdebrid]\nenabled = false\ndownload_keys = ['{KEY}']",
    ],
)
def test_a_settings_file_with_a_key_that_everybody_may_read_is_worth_a_warning(
    config: Path, text: str
) -> None:
    config.write_text(text)
    config.chmod(0o644)

    warnings = {warning.path: warning.message for warning in load(config, {"HOME": "/nowhere"}).warnings}

    assert "everybody may read it" in warnings[str(config)]
