"""Whisparr: version 2 is made like Sonarr, version 3 like Radarr, with numbers of catalogues of its own."""

from msgspec.structs import replace

from qbitproxy.arrs.servarr import servarr_spec
from qbitproxy.arrs.words import MOVIES, SERIES

ARR = servarr_spec(
    "whisparr",
    title="Whisparr",
    api="v3",
    category="whisparr",
    words={"2": replace(SERIES, catalogue=""), "3": replace(MOVIES, catalogue="")},
)
