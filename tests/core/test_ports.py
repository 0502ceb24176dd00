"""What others hand us keeps its secrets."""

from __future__ import annotations

from qbitproxy.core.ports import Link


def test_a_link_that_is_shown_does_not_show_where_it_leads() -> None:
    link = Link(url="https://example.org/d/SECRET/sintel.mkv", size=10, connections=4)

    for shown in (repr(link), str(link), f"{link}"):
        assert "SECRET" not in shown
        assert "size=10" in shown
