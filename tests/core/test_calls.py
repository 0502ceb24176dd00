"""What a service may leave out of its description of how it is called."""

from __future__ import annotations

import pytest

from qbitproxy.core.calls import HttpSpec, Purpose, Upload
from qbitproxy.core.faults import Unreachable

PLAIN = HttpSpec(
    name="plain",
    base_url="https://plain.example/",
    authorize=lambda key: {"Authorization": f"Bearer {key}"},
    fault=lambda owner, status, body, retry_after: Unreachable(owner, str(status), retry_after=retry_after),
)


@pytest.mark.parametrize(
    ("status", "fault", "throttled"),
    [(200, False, False), (204, False, False), (404, True, False), (429, True, True), (503, True, False)],
)
def test_a_service_that_says_nothing_else_is_judged_by_its_status(
    status: int, fault: bool, throttled: bool
) -> None:
    assert PLAIN.is_fault(status, b"") is fault
    assert PLAIN.is_throttled(status, b"") is throttled


def test_a_service_that_says_nothing_else_has_one_gate() -> None:
    assert PLAIN.gate("GET", "torrents") == PLAIN.gate("POST", "links") == ""


def test_a_service_that_says_nothing_else_names_its_waits_in_a_header() -> None:
    assert PLAIN.throttled_for(429, b"") is None


def test_a_service_that_says_nothing_else_finds_no_credentials_in_its_addresses() -> None:
    assert PLAIN.query("fake-key", "torrents") == {}


def test_nobody_waits_for_polls_and_repairs() -> None:
    assert [purpose for purpose in Purpose if purpose.is_background] == [Purpose.POLL, Purpose.REPAIR]


def test_an_upload_that_is_shown_does_not_show_its_content() -> None:
    upload = Upload("file", "sintel.torrent", b"d4:infod6:secreti1eee")

    assert "secret" not in repr(upload)
    assert "21 bytes" in repr(upload)
