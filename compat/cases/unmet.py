"""How a case says that something is not as it should be."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from qbitproxy.core.faults import Fault

F = TypeVar("F", bound=Fault)


class Unmet(AssertionError):
    """Something was expected, something else came. Neither text holds a secret."""

    def __init__(self, what: str, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")


def expect(what: str, expected: object, got: object) -> None:
    """Raises Unmet unless both are equal."""
    if got != expected:
        raise Unmet(what, repr(expected), repr(got))


async def fault_of(kind: type[F], what: str, verb: Awaitable[object]) -> F:
    """The fault of this kind that `verb` ends in. Raises Unmet when it ends in anything else."""
    try:
        await verb
    except kind as fault:
        return fault
    except Fault as other:
        raise Unmet(what, kind.__name__, f"{type(other).__name__} ({other.detail})") from None
    raise Unmet(what, kind.__name__, "an answer")
