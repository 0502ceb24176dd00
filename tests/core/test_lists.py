"""Lists from outside."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from qbitproxy.core.lists import each


class Thing(Struct):
    id: int


class Named(Struct):
    name: str


def test_one_odd_element_spoils_no_other() -> None:
    elements = msgspec.json.decode(b'[{"id": 1, "new": true}, {}, {"id": "2"}]', type=list[Raw])
    odd: list[bytes] = []

    things = each(elements, Thing, lambda element: odd.append(bytes(element)))

    assert things == [Thing(1), Thing(2)]
    assert odd == [b"{}"]


def test_an_element_with_a_name_in_no_alphabet_spoils_no_other() -> None:
    elements = msgspec.json.decode(b'[{"name": "caf\xe9 noir"}, {"name": "Sintel"}]', type=list[Raw])

    assert each(elements, Named, lambda element: None) == [Named("Sintel")]


def test_something_may_stand_in_for_an_odd_element() -> None:
    assert each([Raw(b"null")], Thing, lambda element: Thing(7)) == [Thing(7)]
