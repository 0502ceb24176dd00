"""Whisparr: version 2 is made like Sonarr, version 3 like Radarr."""

from qbitproxy.arrs.servarr import servarr_spec

ARR = servarr_spec(
    "whisparr",
    title="Whisparr",
    api="v3",
    category="whisparr",
    unknown=("includeUnknownSeriesItems", "includeUnknownMovieItems"),
)
