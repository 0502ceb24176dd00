"""Readarr."""

from qbitproxy.arrs.servarr import servarr_spec
from qbitproxy.arrs.words import AUTHORS

ARR = servarr_spec("readarr", title="Readarr", api="v1", category="readarr", words=AUTHORS)
