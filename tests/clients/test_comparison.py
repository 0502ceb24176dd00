"""The judge of the clients' tests, judged itself."""

from __future__ import annotations

from compat.clients.comparison import ABSENT, Allowed, Difference, differences, unexplained

NAME = Difference("look", "name", "theirs", "ours")


def test_equal_outcomes_have_no_difference() -> None:
    assert differences({"look": {"name": ["a"]}}, {"look": {"name": ["a"]}}) == []


def test_a_difference_is_told_where_it_is() -> None:
    original = {"look": {"rows": [{"name": "theirs", "size": 1}]}}
    ours = {"look": {"rows": [{"name": "ours", "size": 1}]}}

    assert differences(original, ours) == [Difference("look", "rows.0.name", "theirs", "ours")]


def test_a_key_and_a_step_of_one_side_are_differences() -> None:
    assert differences({"look": {"a": 1}, "leave": 1}, {"look": {"a": 1, "b": 2}}) == [
        Difference("look", "b", ABSENT, 2),
        Difference("leave", "", 1, ABSENT),
    ]


def test_lists_of_unequal_length_differ_as_wholes() -> None:
    assert differences({"look": [1, 2]}, {"look": [1]}) == [Difference("look", "", [1, 2], [1])]


def test_what_is_allowed_is_no_complaint() -> None:
    allowed = [Allowed(step="look", at="name", because="it is meant")]

    assert unexplained("any", [NAME], allowed) == []


def test_what_is_allowed_of_another_value_is_a_complaint() -> None:
    allowed = [Allowed(step="look", at="name", ours="something else", because="it is meant")]

    complaints = unexplained("any", [NAME], allowed)

    assert complaints[0] == "look at name: the original 'theirs', ours 'ours'"


def test_what_is_allowed_in_vain_is_a_complaint() -> None:
    allowed = [Allowed(step="look", because="it was meant once")]

    assert len(unexplained("any", [], allowed)) == 1


def test_what_is_allowed_to_another_client_is_of_no_interest() -> None:
    allowed = [Allowed(clients="other another", step="look", because="it is meant")]

    assert unexplained("any", [], allowed) == []
