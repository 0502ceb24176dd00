"""What was seen of a library's file, and what that amounts to."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.torrent import Remote
from qbitproxy.core.verdict import (
    DECISIONS,
    REPLACEABLE,
    Broken,
    Doubt,
    Evidence,
    Healthy,
    Listing,
    Look,
    Rot,
    Unknown,
    Verdict,
    Word,
    judge,
)

EVIDENCE = [
    Evidence(listing=listing, word=word, look=look) for listing, word, look in product(Listing, Word, Look)
]
OUTAGE = st.builds(
    Evidence,
    listing=st.sampled_from([Listing.UNASKED, Listing.UNSURE]),
    word=st.sampled_from(Word),
    look=st.sampled_from([look for look in Look if look is not Look.ABSENT]),
)
ANY_EVIDENCE = st.sampled_from(EVIDENCE)


def broken(evidence: Evidence) -> Rot | None:
    verdict = judge(evidence)
    return verdict.why if isinstance(verdict, Broken) else None


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        pytest.param(Evidence(), Unknown(Doubt.UNRESOLVED), id="nobody was asked"),
        pytest.param(Evidence(look=Look.READ), Healthy(), id="it reads, whoever owns it"),
        pytest.param(Evidence(listing=Listing.HELD), Healthy(), id="the list shows it, and nobody says no"),
        pytest.param(
            Evidence(listing=Listing.HELD, word=Word.ALIVE, look=Look.SHOWN), Healthy(), id="all agree"
        ),
        pytest.param(
            Evidence(listing=Listing.GONE, look=Look.ABSENT),
            Broken(Rot.ITEM_GONE),
            id="dropped by the service",
        ),
        pytest.param(
            Evidence(listing=Listing.GONE, look=Look.BLANK),
            Broken(Rot.ITEM_GONE),
            id="a mount that shows for a while what is gone",
        ),
        pytest.param(
            Evidence(listing=Listing.GONE, look=Look.UNASKED),
            Broken(Rot.ITEM_GONE),
            id="dropped by a service whose mount is elsewhere",
        ),
        pytest.param(
            Evidence(listing=Listing.GONE, word=Word.DEAD, look=Look.UNSURE),
            Unknown(Doubt.MOUNT),
            id="the service says no while its mount hangs",
        ),
        pytest.param(
            Evidence(listing=Listing.GONE, look=Look.READ),
            Unknown(Doubt.CONTRADICTED),
            id="a mount still reads what the list lacks",
        ),
        pytest.param(
            Evidence(listing=Listing.UNSURE, word=Word.DEAD, look=Look.ABSENT),
            Unknown(Doubt.SERVICE),
            id="an account that was emptied, or is another one",
        ),
        pytest.param(
            Evidence(listing=Listing.HELD, word=Word.DEAD, look=Look.SHOWN),
            Broken(Rot.LINK_DEAD),
            id="the item is there, its file is not",
        ),
        pytest.param(
            Evidence(listing=Listing.HELD, word=Word.DOUBTED, look=Look.SHOWN),
            Unknown(Doubt.DOUBTED),
            id="a check that has been wrong before",
        ),
        pytest.param(
            Evidence(listing=Listing.HELD, word=Word.ALIVE, look=Look.ABSENT),
            Broken(Rot.STRAYED),
            id="folders were renamed and links dangle",
        ),
        pytest.param(
            Evidence(listing=Listing.HELD, word=Word.UNASKED, look=Look.UNSURE),
            Unknown(Doubt.MOUNT),
            id="the mount is down",
        ),
        pytest.param(
            Evidence(look=Look.ABSENT), Broken(Rot.NOT_SHOWN), id="nobody knows it and it is not shown"
        ),
        pytest.param(
            Evidence(listing=Listing.UNFINISHED, look=Look.ABSENT),
            Unknown(Doubt.UNFINISHED),
            id="being fetched again",
        ),
    ],
)
def test_what_was_seen_amounts_to_a_verdict(evidence: Evidence, verdict: Verdict) -> None:
    assert judge(evidence) == verdict


def test_every_line_of_the_table_decides_something() -> None:
    deciding = {
        next(
            number
            for number, (listings, words, looks, _) in enumerate(DECISIONS)
            if one.listing in listings and one.word in words and one.look in looks
        )
        for one in EVIDENCE
    }
    assert deciding == set(range(len(DECISIONS)))


@given(OUTAGE)
def test_an_outage_never_makes_a_file_broken(evidence: Evidence) -> None:
    assert broken(evidence) is None


@given(ANY_EVIDENCE)
def test_a_file_that_reads_is_never_broken(evidence: Evidence) -> None:
    assert evidence.look is not Look.READ or broken(evidence) is None


@given(ANY_EVIDENCE)
def test_nothing_is_broken_while_its_mount_does_not_answer(evidence: Evidence) -> None:
    assert evidence.look is not Look.UNSURE or broken(evidence) is None


@given(ANY_EVIDENCE)
def test_what_the_service_would_serve_is_never_replaced(evidence: Evidence) -> None:
    assert evidence.word is not Word.ALIVE or broken(evidence) not in REPLACEABLE


@given(ANY_EVIDENCE)
def test_nothing_is_replaced_without_a_no_from_the_service(evidence: Evidence) -> None:
    said_no = evidence.listing in {Listing.GONE, Listing.FAILED} or (
        evidence.listing is Listing.HELD and evidence.word in {Word.DEAD, Word.WITHHELD}
    )
    assert said_no or broken(evidence) not in REPLACEABLE


@given(ANY_EVIDENCE)
def test_a_file_that_the_mount_may_lack_but_nobody_else_is_never_replaced(evidence: Evidence) -> None:
    only_looked = evidence.listing is Listing.UNASKED
    assert not only_looked or broken(evidence) not in REPLACEABLE


@given(
    st.builds(
        Evidence,
        listing=st.sampled_from(Listing),
        word=st.sampled_from(Word),
        look=st.sampled_from(Look),
        remote=st.none() | st.just(Remote("torbox", "7")),
        details=st.tuples(st.text()),
    )
)
def test_evidence_and_verdict_come_back_from_a_row_as_they_were(evidence: Evidence) -> None:
    verdict = judge(evidence)

    assert msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence) == evidence
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict  # type: ignore[arg-type]
