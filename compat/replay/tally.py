"""How many exchanges came out how, by endpoint: what `outcomes.json` keeps for the documentation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from compat.replay.allowances import Judge
from compat.replay.player import Outcome
from compat.replay.run import PROFILES

KEPT = Path(__file__).with_name("outcomes.json")
ELSEWHERE = "(other paths)"


class Counts(TypedDict, total=False):
    """Exchanges of one endpoint; what there is none of is left out."""

    same: int
    deliberate: int  # differs, for a reason
    pending: int  # differs, as something is not there yet


class Tally(TypedDict):
    """All of it."""

    exchanges: dict[str, dict[str, Counts]]  # by profile, then by endpoint
    reasons: dict[str, dict[str, list[str]]]  # why -> endpoint -> profiles


def tally(played: Mapping[str, Sequence[Outcome]], judge: Judge) -> Tally:
    """Count what was played."""
    exchanges: dict[str, dict[str, Counts]] = {}
    reasons: dict[str, dict[str, list[str]]] = {}
    for name, outcomes in played.items():
        profile = PROFILES[name]
        counted = exchanges.setdefault(profile, {})
        for outcome in outcomes:
            endpoint = outcome.entry.endpoint or ELSEWHERE
            known = [judge.allowance(name, outcome.entry, each) for each in outcome.found]
            counts = counted.setdefault(endpoint, {})
            if not known:
                counts["same"] = counts.get("same", 0) + 1
            elif all(each is not None and not each.piece for each in known):
                counts["deliberate"] = counts.get("deliberate", 0) + 1
            else:
                counts["pending"] = counts.get("pending", 0) + 1
            for why in {each.why for each in known if each is not None and not each.piece}:
                profiles = reasons.setdefault(why, {}).setdefault(endpoint, [])
                if profile not in profiles:
                    profiles.append(profile)
    return {"exchanges": exchanges, "reasons": reasons}


def encoded(told: Tally) -> str:
    """As it is kept."""
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def kept() -> Tally:
    """What was counted last."""
    told: Tally = json.loads(KEPT.read_text(encoding="utf-8"))
    return told
