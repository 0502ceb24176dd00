"""Sonarr."""

from qbitproxy.arrs.servarr import servarr_spec

ARR = servarr_spec(
    "sonarr", title="Sonarr", api="v3", category="tv-sonarr", unknown=("includeUnknownSeriesItems",)
)
