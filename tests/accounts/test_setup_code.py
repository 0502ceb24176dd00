"""The code with which the account is made from elsewhere."""

from __future__ import annotations

import pytest

from qbitproxy.accounts import SetupCode


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def code(shown: list[str]) -> SetupCode:
    code = SetupCode(shown.append)
    code.renew()
    return code


@pytest.mark.parametrize("spelt", ["{}", " {} ", "{}\n"])
def test_what_was_shown_is_the_code_however_it_is_spelt(
    code: SetupCode, shown: list[str], spelt: str
) -> None:
    assert code.proves(spelt.format(shown[0]))
    assert code.proves(spelt.format(shown[0].lower().replace("-", "")))


@pytest.mark.parametrize("wrong", ["", "-", "AAAA-AAAA", "äöü", "\udcff", "A" * 1000])
def test_anything_else_is_not(code: SetupCode, wrong: str) -> None:
    assert not code.proves(wrong)


def test_a_few_wrong_tries_make_another_code(code: SetupCode, shown: list[str]) -> None:
    for _ in range(5):
        assert not code.proves("AAAA-AAAA")

    assert len(shown) == 2
    assert not code.proves(shown[0])
    assert code.proves(shown[1])


def test_nothing_proves_anything_before_there_is_a_code(shown: list[str]) -> None:
    assert not SetupCode(shown.append).proves("")
