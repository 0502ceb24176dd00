"""The comparison of what was seen with what is on record."""

from __future__ import annotations

import fcntl
import os

from compat.clients import proofs
from compat.clients.runs import Run

WRITES = "WRITE_PROOFS"


def prove(profile: str, program: str, run: Run) -> None:
    """Fail unless the record says what was seen; write it instead when WRITE_PROOFS is set."""
    if os.environ.get(WRITES):
        with proofs.PROOFS.open() as record:  # other tests may be writing as well
            fcntl.flock(record, fcntl.LOCK_EX)
            proofs.record(profile, program, run.endpoints)
        return
    known = proofs.proved().get(profile, {}).get(program)
    assert known == run.endpoints, f"write what was seen by {WRITES}=1"
