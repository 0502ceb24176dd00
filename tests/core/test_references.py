"""Which remote items a file may mean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.core.inventory import names_of
from qbitproxy.core.ports import ItemState, RemoteItem
from qbitproxy.core.references import Holdings, anywhere
from qbitproxy.core.trail import Place, Trail

PLACE = Place("/mnt/rd", ("rd",))


def an_item(number: int, name: str, infohash: str = "") -> RemoteItem:
    return RemoteItem(id=f"ITEM{number:06}", infohash=infohash, name=name, state=ItemState.DONE)


HOLDINGS = Holdings(
    [
        an_item(1, "Film.2001.mkv"),
        an_item(2, "Film.2001", "a" * 40),
        an_item(3, "Show.S01"),
        an_item(4, "Show.S01"),
    ]
)


def meant(path: str) -> set[str]:
    return {item[-1] for item in HOLDINGS.meant(Trail(PLACE, tuple(path.split("/"))))}


def test_a_file_means_the_item_it_lies_in_whatever_the_mount_makes_around_it() -> None:
    assert meant("shows/Show.S01/e01.mkv") == {"3", "4"}


def test_of_several_items_of_a_name_all_are_meant() -> None:
    assert meant("Film.2001/film.mkv") == {"1", "2"}


def test_an_infohash_and_a_long_id_are_names_too() -> None:
    assert meant(f"{'a' * 40}/film.mkv") == {"2"}
    assert meant("ITEM000003/e01.mkv") == {"3"}


def test_a_file_that_no_item_bears_the_name_of_means_none() -> None:
    assert meant("Other/film.mkv") == set()


def test_every_part_of_a_path_in_an_unknown_place_may_be_a_name() -> None:
    assert {item[-1] for item in HOLDINGS.meant(anywhere("/mnt/zurg/shows/Show.S01/e01.mkv"))} == {"3", "4"}
    assert HOLDINGS.meant(anywhere("/")) == set()


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=12)


@given(
    st.lists(NAMES, min_size=1, max_size=6),
    st.data(),
    st.sampled_from(["", "__all__/", "shows/", "a/b/"]),
    NAMES,
)
def test_whatever_a_mount_calls_an_item_its_files_mean_it(
    names: list[str], data: st.DataObject, root: str, file: str
) -> None:
    items = [an_item(number, name, f"{number:040x}") for number, name in enumerate(names)]
    item = data.draw(st.sampled_from(items))
    shown = data.draw(st.sampled_from(sorted(names_of(item))))
    leads = Trail(PLACE, tuple(f"{root}{shown}/{file}".split("/")))

    assert item.id in Holdings(items).meant(leads)
