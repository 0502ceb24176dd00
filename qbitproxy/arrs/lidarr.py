"""Lidarr."""

from qbitproxy.arrs.servarr import servarr_spec
from qbitproxy.arrs.words import ARTISTS

ARR = servarr_spec("lidarr", title="Lidarr", api="v1", category="lidarr", words=ARTISTS)
