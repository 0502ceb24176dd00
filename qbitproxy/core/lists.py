"""Lists from outside, decoded element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

T = TypeVar("T")


def each(elements: Iterable[msgspec.Raw], shape: type[T], odd: Callable[[msgspec.Raw], T | None]) -> list[T]:
    """Decode every element into `shape`, so that one that does not fit spoils no other.

    `odd` gives what stands in for an element that does not fit; None leaves it out.
    """
    decoder = msgspec.json.Decoder(shape, strict=False)
    decoded: list[T] = []
    for element in elements:
        try:
            fitting: T | None = decoder.decode(element)
        except (msgspec.DecodeError, UnicodeDecodeError):
            fitting = odd(element)
        if fitting is not None:
            decoded.append(fitting)
    return decoded
