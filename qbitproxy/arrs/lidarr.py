"""Lidarr."""

from qbitproxy.arrs.servarr import servarr_spec

ARR = servarr_spec(
    "lidarr", title="Lidarr", api="v1", category="lidarr", unknown=("includeUnknownArtistItems",)
)
