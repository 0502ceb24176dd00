"""The published interfaces of the Arrs are whole, and whatever does not keep to them is told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from compat.contracts.deviations import DEVIATIONS, Deviation, amended
from compat.contracts.judge import PLAIN, Contract, Exchange, Operation, complaints, names, published

PETS = Contract(
    source="made up",
    operations={
        "GET /pets": Operation(
            {"ids": "array integer", "kind": "enum cat|dog", "old": "boolean"}, "", "array Pet"
        ),
        "GET /pets/{id}": Operation({"since": "date"}, "", "Pet"),
        "GET /pets/oldest": Operation({}, "", ""),
        "POST /pets": Operation({"force": "boolean"}, "Pet", "Pet"),
    },
    types={
        "Pet": {
            "id": "integer", "name": "string?", "kind": "enum cat|dog", "born": "date", "weight": "number",
            "tame": "boolean", "eats": "array string?", "friend": "Pet", "home": "Home", "more": "object",
        },
        "Home": {"town": "string"},
    },
)  # fmt: skip


def told(answer: object, path: str = "/pets/1", **changes: object) -> list[str]:
    """What is said of an answer."""
    return complaints(PETS, Exchange("GET", path, answer=json.dumps(answer).encode(), **changes))  # type: ignore[arg-type]


def asked(
    method: str = "GET", path: str = "/pets", *query: tuple[str, str], body: object = None
) -> list[str]:
    """What is said of a call that was refused."""
    sent = b"" if body is None else json.dumps(body).encode()
    return complaints(PETS, Exchange(method, path, query, sent, status=404))


def words(contract: Contract) -> Iterator[str]:
    """Every word of a contract."""
    for operation in contract.operations.values():
        yield from filter(None, (*operation.query.values(), operation.body, operation.answer))
    for shape in contract.types.values():
        yield from shape.values()


def bare(word: str) -> str:
    while word.startswith("array "):
        word = word.removeprefix("array ")
    return word.removesuffix("?")


# The contracts


@pytest.mark.parametrize("name", names())
def test_every_word_of_a_contract_is_known_and_every_type_used(name: str) -> None:
    contract = published(name)
    used = {word for word in map(bare, words(contract)) if not word.startswith("enum ")}

    assert used - set(PLAIN) == set(contract.types)


@pytest.mark.parametrize("name", names())
def test_a_contract_is_sorted(name: str) -> None:
    contract = published(name)
    shapes = [*(one.query for one in contract.operations.values()), *contract.types.values()]

    for shape in (contract.operations, contract.types, *shapes):
        assert list(shape) == sorted(shape)


def test_no_difference_is_without_a_reason_or_named_twice() -> None:
    for deviations in DEVIATIONS.values():
        assert all(deviation.why for deviation in deviations)
        assert len({deviation.place for deviation in deviations}) == len(deviations)


# Calls


@pytest.mark.parametrize(
    "query",
    [
        (),
        (("ids", "1"), ("ids", "-2")),
        (("kind", "dog"), ("old", "true")),
        (("kind", "1"),),
    ],
)
def test_a_call_that_keeps_to_the_contract_is_left_alone(query: tuple[tuple[str, str], ...]) -> None:
    assert asked("GET", "/pets", *query) == []


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ((("id", "1"),), "GET /pets: no query parameter 'id'"),
        ((("ids", "one"),), "GET /pets: query parameter 'ids' is no array integer: 'one'"),
        ((("old", "True"),), "GET /pets: query parameter 'old' is no boolean: 'True'"),
        ((("old", "true"), ("old", "true")), "GET /pets: query parameter 'old' more than once"),
        ((("kind", "cow"),), "GET /pets: query parameter 'kind' is no enum cat|dog: 'cow'"),
    ],
)
def test_a_query_that_does_not_keep_to_it_is_told(query: tuple[tuple[str, str], ...], complaint: str) -> None:
    assert asked("GET", "/pets", *query) == [complaint]


def test_a_moment_is_a_date_and_nothing_else() -> None:
    assert asked("GET", "/pets/1", ("since", "2026-08-01T10:00:00.1234567Z")) == []
    assert asked("GET", "/pets/1", ("since", "yesterday")) != []
    assert asked("GET", "/pets/1", ("since", "2026-08-01")) != []


@pytest.mark.parametrize(("method", "path"), [("PUT", "/pets"), ("GET", "/pet"), ("GET", "/pets/1/2")])
def test_what_nobody_can_ask_for_is_told(method: str, path: str) -> None:
    assert asked(method, path) == [f"{method} {path}: no such operation"]


def test_a_path_to_the_letter_goes_before_one_with_an_id() -> None:
    assert told({"no": "pet"}, "/pets/oldest") == []
    assert told({"no": "pet"}, "/pets/7") != []


def test_what_is_sent_is_judged_like_an_answer() -> None:
    assert asked("POST", "/pets", body={"id": 1, "name": None}) == []
    assert asked("POST", "/pets", body={"nome": "Rex"}) == ["POST /pets: Pet has no member 'nome'"]
    assert asked("POST", "/pets") == ["POST /pets: the body is no JSON"]
    assert asked("GET", "/pets", body={}) == ["GET /pets: no body"]


# Answers


def test_an_answer_may_leave_out_what_it_likes() -> None:
    whole = {
        "id": 1, "name": None, "kind": "cat", "born": "2026-08-01T10:00:00Z", "weight": 3, "tame": True,
        "eats": None, "friend": {"eats": ["fish"], "weight": 2.5}, "home": {"town": "X"}, "more": [1, {}],
    }  # fmt: skip

    assert told(whole) == []
    assert told({}) == []
    assert told([whole, {}], "/pets") == []


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"age": 1}, "Pet has no member 'age'"),
        ({"friend": {"age": 1}}, "Pet has no member 'age'"),
        ({"home": {"street": "X"}}, "Home has no member 'street'"),
        ({"home": "X"}, "Pet.home is no Home: 'X'"),
        ({"id": "1"}, "Pet.id is no integer: '1'"),
        ({"id": True}, "Pet.id is no integer: True"),
        ({"id": 1.0}, "Pet.id is no integer: 1.0"),
        ({"id": None}, "Pet.id is null"),
        ({"name": 1}, "Pet.name is no string: 1"),
        ({"weight": "1"}, "Pet.weight is no number: '1'"),
        ({"tame": 1}, "Pet.tame is no boolean: 1"),
        ({"kind": "cow"}, "Pet.kind is none of its values: 'cow'"),
        ({"born": "once"}, "Pet.born is no date: 'once'"),
        ({"eats": "fish"}, "Pet.eats is no array"),
        ({"eats": ["fish", 1]}, "Pet.eats is no string: 1"),
        ([], "the answer is no Pet: []"),
        (None, "the answer is null"),
    ],
    ids=str,
)
def test_an_answer_that_does_not_keep_to_it_is_told(answer: object, complaint: str) -> None:
    assert told(answer) == [f"GET /pets/{{id}}: {complaint}"]


def test_a_complaint_is_made_once_however_many_records_deserve_it() -> None:
    assert told([{"age": 1}, {"age": 2}], "/pets") == ["GET /pets: Pet has no member 'age'"]


def test_an_answer_that_is_missing_is_told() -> None:
    assert complaints(PETS, Exchange("GET", "/pets")) == ["GET /pets: the answer is no JSON"]


def test_of_a_refusal_the_answer_is_not_judged() -> None:
    assert told({"message": "NotFound"}, status=404) == []


# Differences


@pytest.mark.parametrize(
    ("deviation", "answer"),
    [
        (Deviation("Home", "string", "so it is"), {"home": "X"}),
        (Deviation("Pet.age", "integer", "so it is"), {"age": 1}),
        (Deviation("Pet.name", "integer", "so it is"), {"name": 1}),
        (Deviation("Pet.kind", "enum cow", "so it is"), {"kind": "cow"}),
    ],
    ids=lambda one: getattr(one, "place", ""),
)
def test_a_difference_is_granted_where_it_is_written_down(deviation: Deviation, answer: object) -> None:
    exchange = Exchange("GET", "/pets/1", answer=json.dumps(answer).encode())

    assert len(complaints(PETS, exchange)) == 1
    assert complaints(amended(PETS, deviation), exchange) == []


def test_a_difference_of_a_query_is_granted_there_alone() -> None:
    contract = amended(PETS, Deviation("GET /pets?page", "integer", "so it is"))

    assert complaints(contract, Exchange("GET", "/pets", [("page", "1")], status=500)) == []
    assert complaints(contract, Exchange("GET", "/pets/1", [("page", "1")], status=500)) != []


def test_a_difference_may_be_an_operation_or_what_it_answers() -> None:
    more = amended(PETS, Deviation("GET /owners", "array Home", "so it is"))
    other = amended(PETS, Deviation("GET /pets/oldest", "Home", "so it is"))

    assert complaints(more, Exchange("GET", "/owners", answer=b'[{"town": "X"}]')) == []
    assert complaints(more, Exchange("GET", "/owners", answer=b"{}")) != []
    assert complaints(other, Exchange("GET", "/pets/oldest", answer=b'{"id": 1}')) != []


def test_published_values_stay_beside_those_granted() -> None:
    contract = amended(PETS, Deviation("Pet.kind", "enum cow", "so it is"))

    assert contract.types["Pet"]["kind"] == "enum cat|dog|cow"
