"""Radarr."""

from qbitproxy.arrs.servarr import servarr_spec
from qbitproxy.arrs.words import MOVIES

ARR = servarr_spec("radarr", title="Radarr", api="v3", category="radarr", words=MOVIES)
