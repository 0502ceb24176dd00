"""The step from a completed download to an imported one, with the reasons it may stop for.

Source: Sonarr develop 97d24acf0 (Download/CompletedDownloadService.cs), read 2026-08.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_import import Outcome, Rejection, import_path
from compat.emulators.arr_ledger import Ledger
from compat.emulators.arr_paths import View
from compat.emulators.arr_records import Grab, State, Tracked
from compat.emulators.arr_shelf import MediaFile

INCOMPLETE = "One or more episodes expected in this release were not imported or missing from the release"


async def take_in(
    download: Tracked, *, view: View, flavour: Flavour, ledger: Ledger, move: bool
) -> Sequence[MediaFile]:
    """Import what has come of a completed download; leave it imported, or with the reason why it is not.

    Return what the library has got of it now.
    """
    grab, path = download.grab, download.output_path
    owner = ledger.shelf.owners.get(grab.wanted.owner) if grab else None
    if grab is None or owner is None:
        _stop(download, *_unknown(download, flavour))
    elif not path:
        _stop(download, State.IMPORT_PENDING, "Download doesn't contain intermediate path, Skipping.")
    elif not path.startswith("/"):
        trouble = f"[{path}] is not a valid local path. You may need a Remote Path Mapping."
        _stop(download, State.IMPORT_PENDING, trouble)
    else:
        outcome = await _outcome(download, view, owner.folder, flavour, move=move)
        brought = ledger.imported(grab, outcome.imported)
        download.brought |= dict(outcome.imported)
        _judge(download, grab, outcome, final=flavour.import_failure_is_final)
        if download.state is State.IMPORTED:
            ledger.completed(grab)
        return brought
    return ()


async def _outcome(download: Tracked, view: View, library: Path, flavour: Flavour, *, move: bool) -> Outcome:
    try:
        return await asyncio.to_thread(
            import_path,
            view,
            download.output_path,
            library,
            media=flavour.media,
            move=move,
            brought=frozenset(download.brought),
        )
    except OSError as error:
        return Outcome([], [Rejection(download.title, f"Import failed: {error.strerror}")])


def _unknown(download: Tracked, flavour: Flavour) -> tuple[State, str]:
    """What becomes of media that the Arr does not know: where it knows no blocked ones, it tries in vain."""
    if flavour.knows_blocked:
        return State.IMPORT_BLOCKED, f"Unknown {flavour.medium.owner}"
    return State.IMPORT_FAILED, f"Couldn't find similar {flavour.medium.part} for {download.title}"


def _judge(download: Tracked, grab: Grab, outcome: Outcome, *, final: bool) -> None:
    """Say whether everything that the release promised has come."""
    if len(download.brought) >= grab.wanted.files:
        download.state = State.IMPORTED
    elif not download.brought and not outcome.rejections:
        nothing = f"No files found are eligible for import in {download.output_path}"
        _stop(download, State.IMPORT_PENDING, nothing)
    else:
        download.state = State.IMPORT_FAILED if final else State.IMPORT_BLOCKED
        incomplete = [Rejection(download.title, INCOMPLETE)] if grab.wanted.files > 1 else []
        download.messages = [*incomplete, *outcome.rejections]


def _stop(download: Tracked, state: State, reason: str) -> None:
    download.state = state
    download.messages = [Rejection(download.title, reason)]
