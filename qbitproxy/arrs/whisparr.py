"""Whisparr: version 2 is made like Sonarr, version 3 like Radarr."""

from qbitproxy.arrs.servarr import servarr_spec
from qbitproxy.arrs.words import MOVIES, SERIES

ARR = servarr_spec(
    "whisparr", title="Whisparr", api="v3", category="whisparr", words={"2": SERIES, "3": MOVIES}
)
