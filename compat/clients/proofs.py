"""Which endpoints each client was seen to use, with an answer that is no error.

`proofs.json` holds {profile: {program: [endpoints]}}; the tests of the clients keep it true.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

PROOFS = Path(__file__).with_name("proofs.json")

Proofs = Mapping[str, Mapping[str, list[str]]]


def proved() -> Proofs:
    """What is on record, by profile, then by program."""
    proofs: Proofs = json.loads(PROOFS.read_text())
    return proofs


def programs_by_endpoint(profile: str) -> dict[str, list[str]]:
    """Every endpoint that was used under a profile -> the programs that used it, both sorted."""
    found: dict[str, list[str]] = {}
    for program, endpoints in sorted(proved().get(profile, {}).items()):
        for endpoint in endpoints:
            found.setdefault(endpoint, []).append(program)
    return dict(sorted(found.items()))


def record(profile: str, program: str, endpoints: list[str]) -> None:
    """Put on record what a program was seen to use."""
    proofs = {name: dict(programs) for name, programs in proved().items()}
    proofs.setdefault(profile, {})[program] = endpoints
    PROOFS.write_text(json.dumps(proofs, indent=1, sort_keys=True) + "\n")
