"""How the libraries of the Arrs are looked after: what services lost, what nobody refers to."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from qbitproxy.settings.forms import TIMETABLE, WINDOW, Between, Duration
from qbitproxy.settings.sections import DAY, HOUR, MINUTE, Absolute, Section, doc


class RepairSettings(Section, frozen=True, kw_only=True):
    """How libraries are looked after: what services lost is found, healed in place, else replaced."""

    schedule: Annotated[
        str,
        TIMETABLE,
        doc(
            'When every library is looked at: an interval such as "24h", a time of day such as "04:00", or '
            'five fields of cron. "" is never.'
        ),
    ] = ""
    window: Annotated[
        str, WINDOW, doc('The part of the day in which that may begin, such as "01:00-06:00". "" is any.')
    ] = ""
    jitter: Annotated[Duration, Between(timedelta(), DAY), doc("It begins up to this much later.")] = (
        10 * MINUTE
    )
    auto_process: Annotated[
        bool, doc("What cannot be healed is replaced through its Arr without a person's word.")
    ] = False
    dry_run: Annotated[bool, doc("Only look, whatever is asked for.")] = False
    strategy: Annotated[
        Literal["per_torrent", "per_file"],
        doc("Ask services about one file of each torrent first, or about every file."),
    ] = "per_torrent"
    most_files: Annotated[
        int,
        Between(0),
        doc("Files of each library that a scheduled run looks at, the oldest good look first. 0 is all."),
    ] = 0
    most_per_hour: Annotated[int, Between(1, 1000), doc("Files replaced in an hour at most.")] = 10
    second_look: Annotated[
        Duration,
        Between(timedelta(), DAY),
        doc("A file is looked at again after this, before it goes."),
    ] = 10 * MINUTE
    patience: Annotated[Duration, Between(MINUTE), doc("How long one attempt to heal a file may take.")] = (
        HOUR
    )
    hold_broken: Annotated[
        int, Between(1), doc("With more broken files than this a job is held until a person looks at it.")
    ] = 100
    hold_broken_percent: Annotated[
        int, Between(1, 100), doc("The same with more than this part of the files looked at.")
    ] = 10
    hold_unknown_percent: Annotated[
        int, Between(1, 100), doc("The same with more than this part of which nothing is known.")
    ] = 20
    hold_shrunk_percent: Annotated[
        int, Between(1, 100), doc("The same when a library lost more than this part of its files.")
    ] = 20


class OrphanSettings(Section, frozen=True, kw_only=True):
    """What nobody refers to any more: listed once a day, removed when you say so."""

    schedule: Annotated[
        str,
        TIMETABLE,
        doc('When every library is walked and every account listed, as repair.schedule. "" is when asked.'),
    ] = "24h"
    libraries: Annotated[
        tuple[Absolute, ...],
        doc("Further folders of links that play from your accounts, besides the Arrs' root folders."),
    ] = ()
    remove_items_after: Annotated[
        Duration | None,
        Between(DAY),
        doc('Remote items of our own go once nobody has referred to them for this long. "" is never.'),
    ] = None
    remove_links_after: Annotated[
        Duration | None,
        Between(DAY),
        doc('Links in libraries that lead to nothing and that no Arr lists go after this. "" is never.'),
    ] = None
    remove_folders_after: Annotated[
        Duration | None,
        Between(DAY),
        doc('Folders of links that a torrent left in the download folder go after this. "" is never.'),
    ] = None
