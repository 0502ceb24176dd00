"""What one list of a provider's items says of files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qbitproxy.core.inventory import Inventory
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.trail import places, trail
from qbitproxy.core.verdict import Listing

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = places([("/mnt/rd", "rd")])


def an_item(item_id: str, name: str, infohash: str = "a" * 40, **changes: object) -> RemoteItem:
    given: dict[str, object] = {"id": item_id, "name": name, "infohash": infohash, "state": ItemState.DONE}
    return RemoteItem(**(given | changes))  # type: ignore[arg-type]


def an_inventory(*items: RemoteItem, **changes: object) -> Inventory:
    return Inventory("rd", items, NOW, **changes)  # type: ignore[arg-type]


def led_to(inventory: Inventory, path: str) -> str | None:
    """The id of the item that a path leads to."""
    leads = trail(f"/mnt/rd/{path}", PLACES)
    assert leads is not None
    found = inventory.found(leads)
    return found.id if found else None


@pytest.mark.parametrize(
    ("changes", "listing"),
    [
        ({}, Listing.HELD),
        ({"state": ItemState.FETCHING}, Listing.UNFINISHED),
        ({"state": ItemState.FAILED}, Listing.FAILED),
        ({"empty": True}, Listing.UNFINISHED),
        ({"empty": True, "added_at": NOW - timedelta(minutes=5)}, Listing.UNFINISHED),
        ({"empty": True, "added_at": NOW - timedelta(days=5)}, Listing.FAILED),
    ],
)
def test_an_item_is_held_when_it_is_done_and_not_empty_for_long(
    changes: dict[str, object], listing: Listing
) -> None:
    held = an_inventory(an_item("1", "Sintel", **changes)).item("1", "")

    assert held is not None
    assert held.listing is listing


@pytest.mark.parametrize(
    "path",
    [
        "Sintel.2010.mkv/Sintel.mkv",
        "Sintel.2010/Sintel.mkv",
        "__all__/Sintel.2010.mkv/Sintel.mkv",
        f"__all__/{'a' * 40}/Sintel.mkv",
        "torrents/QX7VB2KMNPR5E/Sintel.mkv",
    ],
)
def test_a_path_leads_to_the_item_whose_name_infohash_or_id_it_holds(path: str) -> None:
    inventory = an_inventory(an_item("QX7VB2KMNPR5E", "Sintel.2010.mkv"))

    assert led_to(inventory, path) == "QX7VB2KMNPR5E"


def test_a_file_without_a_folder_is_the_item_that_bears_its_name() -> None:
    inventory = an_inventory(an_item("1", "Sintel.2010"))

    assert led_to(inventory, "movies/Sintel.2010.mkv") == "1"


def test_a_name_may_have_several_parts() -> None:
    inventory = an_inventory(an_item("1", "Films/Sintel"))

    assert led_to(inventory, "Films/Sintel/a.mkv") == "1"


@pytest.mark.parametrize("path", ["__all__/Spring/a.mkv", "7/a.mkv"])
def test_what_no_item_is_called_leads_nowhere(path: str) -> None:
    assert led_to(an_inventory(an_item("7", "Sintel")), path) is None


def test_a_name_of_several_contents_leads_nowhere() -> None:
    inventory = an_inventory(
        an_item("1", "Season 1"), an_item("2", "Season 1", "b" * 40), an_item("3", "Season 1")
    )

    assert led_to(inventory, "Season 1/a.mkv") is None


def test_items_whose_infohash_is_not_stated_are_told_apart_by_their_ids() -> None:
    inventory = an_inventory(
        an_item("1", "Sintel", ""), an_item("2", "Spring", ""), an_item("3", "Spring", "")
    )

    assert led_to(inventory, "Sintel/a.mkv") == "1"
    assert led_to(inventory, "Spring/a.mkv") is None
    assert inventory.item("4", "") is None


@pytest.mark.parametrize("reverse", [False, True])
def test_of_several_items_of_one_infohash_the_best_counts(reverse: bool) -> None:
    items = [an_item("1", "Sintel", state=ItemState.FAILED), an_item("2", "Sintel")]
    inventory = an_inventory(*(reversed(items) if reverse else items))

    assert led_to(inventory, "Sintel/a.mkv") == "2"
    held = inventory.item("1", "a" * 40)
    assert held is not None
    assert held.id == "2"


@pytest.mark.parametrize("reverse", [False, True])
def test_of_items_that_are_worth_the_same_the_newest_counts(reverse: bool) -> None:
    items = [
        an_item("1", "Sintel", added_at=NOW - timedelta(days=9)),
        an_item("2", "Sintel", added_at=NOW - timedelta(days=1)),
    ]
    inventory = an_inventory(*(reversed(items) if reverse else items))

    assert led_to(inventory, "Sintel/a.mkv") == "2"
    held = inventory.item("1", "a" * 40)
    assert held is not None
    assert held.id == "2"


def test_an_item_that_was_added_anew_is_the_same_content() -> None:
    held = an_inventory(an_item("2", "Renamed")).item("1", "a" * 40)

    assert held is not None
    assert held.id == "2"


def test_what_the_list_lacks_is_nothing() -> None:
    assert an_inventory(an_item("2", "Sintel")).item("1", "b" * 40) is None


@pytest.mark.parametrize(
    ("there", "known", "doubt"),
    [
        (0, 0, ""),
        (0, 1, "rd lists nothing any more"),
        (96, 100, ""),
        (92, 100, ""),
        (79, 100, "rd lists 79 of the 100 items that it held"),
        (3, 5, ""),
        (3, 6, "rd lists 3 of the 6 items that it held"),
    ],
)
def test_a_list_that_lost_much_at_once_is_not_believed(there: int, known: int, doubt: str) -> None:
    items = [an_item(str(number), f"Item {number}", f"{number:040x}") for number in range(there)]
    ids = [str(number) for number in range(known)]

    assert an_inventory(*items, known=ids).doubt == doubt
    assert an_inventory(*items, known=ids, believe=True).doubt == ""
    assert len(an_inventory(*items).ids) == there


def test_a_list_that_could_not_be_had_is_not_believed() -> None:
    assert Inventory.unheard("rd", NOW, "HTTP 503").doubt == "HTTP 503"


def test_twins_are_other_complete_items_of_the_same_infohash() -> None:
    items = [
        an_item("1", "Sintel"),
        an_item("2", "Sintel"),
        an_item("3", "Sintel", state=ItemState.FAILED),
        an_item("4", "Other", "b" * 40),
        an_item("5", "Nameless", ""),
        an_item("6", "Nameless", ""),
    ]
    inventory = an_inventory(*items)

    twins = {item.id: inventory.twins(held) for item in items if (held := inventory.item(item.id, ""))}

    assert [twin.id for twin in twins["1"]] == ["2"]
    assert twins["4"] == twins["5"] == []
