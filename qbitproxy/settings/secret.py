"""A piece of text that must not be seen."""

from __future__ import annotations

import hmac
from typing import Any

ELSEWHERE = "elsewhere"
"""Where a secret is kept that came from the environment or from a systemd credential."""


class Secret:
    """A key or token. Printing, formatting or encoding it gives `***`; only `reveal` gives the text.

    `kept_in` says where it comes from, so that saving the settings does not copy it: "" is the settings
    file itself, an absolute path is a file of its own, ELSEWHERE is outside of what we may write.
    """

    __slots__ = ("_value", "kept_in")

    def __init__(self, value: str = "", *, kept_in: str = "") -> None:
        self._value, self.kept_in = value, kept_in

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._bytes(), other._bytes())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return "***"

    def _bytes(self) -> bytes:
        return self._value.encode(errors="surrogatepass")


def enc_hook(value: Any) -> str:
    """For msgspec encoders: a Secret becomes `***`. Raises NotImplementedError for any other type."""
    if isinstance(value, Secret):
        return repr(value)
    raise NotImplementedError(f"cannot encode {type(value).__name__}")


def dec_hook(shape: type, value: Any) -> Secret:
    """For msgspec decoders: text becomes a Secret. Raises NotImplementedError for any other type."""
    if shape is not Secret:
        raise NotImplementedError(f"cannot decode {shape.__name__}")
    if not isinstance(value, str):
        raise ValueError("a secret is written as text")
    return Secret(value)
