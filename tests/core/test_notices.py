"""What a person is told of a torrent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qbitproxy.core.faults import Reason
from qbitproxy.core.notices import Kind, notice_of
from qbitproxy.core.torrent import Failed, Phase, Ready, Remote, Request, Torrent

AT = datetime(2026, 1, 1, tzinfo=UTC)
REMOTE = Remote("realdebrid", "RD1")


def a_torrent(phase: Phase, category: str = "tv-sonarr") -> Torrent:
    return Torrent(
        id=1,
        infohash="a" * 40,
        category=category,
        name="Show.S01",
        save_path="/downloads",
        request=Request(),
        added_at=AT,
        phase=phase,
    )


@pytest.mark.parametrize(
    ("torrent", "kind", "text"),
    [
        (a_torrent(Ready(REMOTE, (), "/downloads/Show")), Kind.COMPLETED, "tv-sonarr, realdebrid"),
        (
            a_torrent(Failed(Reason.NO_SEEDS, "nobody has it", False), ""),
            Kind.FAILED,
            "no category: nobody has it (no seeds)",
        ),
        (
            a_torrent(Failed(Reason.BUG, "it broke", True, REMOTE)),
            Kind.FAILED,
            "tv-sonarr, realdebrid: it broke (bug)",
        ),
    ],
)
def test_a_notice_says_what_became_of_it_where_and_why(torrent: Torrent, kind: Kind, text: str) -> None:
    notice = notice_of(torrent, AT)

    assert (notice.kind, notice.title, notice.text, notice.at) == (kind, "Show.S01", text, AT)
