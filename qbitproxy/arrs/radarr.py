"""Radarr."""

from qbitproxy.arrs.servarr import servarr_spec

ARR = servarr_spec(
    "radarr", title="Radarr", api="v3", category="radarr", unknown=("includeUnknownMovieItems",)
)
