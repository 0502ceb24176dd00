"""Readarr."""

from qbitproxy.arrs.servarr import servarr_spec

ARR = servarr_spec(
    "readarr", title="Readarr", api="v1", category="readarr", unknown=("includeUnknownAuthorItems",)
)
