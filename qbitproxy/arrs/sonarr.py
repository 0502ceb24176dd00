"""Sonarr."""

from qbitproxy.arrs.servarr import servarr_spec
from qbitproxy.arrs.words import SERIES

ARR = servarr_spec("sonarr", title="Sonarr", api="v3", category="tv-sonarr", words=SERIES)
