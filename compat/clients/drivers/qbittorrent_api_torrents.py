"""What qbittorrent-api does with torrents, from adding them to their deletion."""

from __future__ import annotations

from functools import partial
from typing import Any

from compat.clients.drivers.telling import Job, Toy, exactly, is_hash, nothing, shape

PEER = "192.0.2.7:6881"
TRACKER = "http://other.example/announce"
SWITCHES = {"force_start": "force_start", "super_seeding": "super_seeding", "auto_management": "auto_tmm"}
SEED = "http://seed.example/files/"


def play(call: Any, job: Job) -> None:
    """Use each method; those that a server of this version cannot have are told as not implemented."""
    _labels(call)
    _add(call, job)
    _wait(call, job)
    _read(call, job)
    _adjust(call, job)
    _label(call, job)
    _trackers_and_peers(call, job)
    _place(call, job)
    _queue(call, job)
    _metadata(call, job)
    _delete(call, job)


def _labels(call: Any) -> None:
    call("torrents_create_category", name="open-films")
    call("torrents_create_category", step="torrents_create_category twice", name="open-films")
    call("torrents_create_category", step="torrents_create_category without name", name="")
    call("torrents_edit_category", name="open-films", save_path="")
    call("torrents_categories", see=lambda found: sorted(found))
    call("torrents_categories", step="torrents_categories as they look", see=shape)
    call("torrents_create_tags", tags=["open", "seen"])
    call("torrents_tags", see=sorted)


def _add(call: Any, job: Job) -> None:
    add = "torrents_add"
    call(
        add,
        step="torrents_add a file",
        torrent_files=[job.film.torrent],
        category="open-films",
        tags=["open"],
    )
    call(add, step="torrents_add a folder", torrent_files={"show.torrent": job.show.torrent})
    call(add, step="torrents_add a magnet", urls=job.spare.magnet, is_paused=True, ratio_limit=2)
    call(add, step="torrents_add nothing", urls="")
    call(add, step="torrents_add no torrent", torrent_files=b"no torrent at all")
    call("torrents_count")


def _wait(call: Any, job: Job) -> None:
    """Until both are there: checked by the original, fetched by the other."""
    for toy in (job.film, job.show):
        call.tell.until(f"{toy.name} is complete", partial(_is_complete, call, toy))


def _read(call: Any, job: Job) -> None:
    film, show = job.film.infohash, job.show.infohash
    call("torrents_info", see=lambda rows: sorted(row.hash for row in rows))
    call("torrents_info", step="torrents_info as it looks", torrent_hashes=[film, show], see=shape)
    call("torrents_info", step="torrents_info by category", category="open-films", see=_names)
    call("torrents_info", step="torrents_info by tag", tag="open", see=_names)
    call("torrents_info", step="torrents_info completed", status_filter="completed", see=_names)
    call(
        "torrents_info", step="torrents_info sorted", sort="name", reverse=True, limit=2, see=_names_in_order
    )
    call("torrents_info", step="torrents_info of the film", torrent_hashes=film, see=_facts)
    call("torrents_properties", torrent_hash=show, see=shape)
    call("torrents_properties", step="torrents_properties of none", torrent_hash="0" * 40)
    call("torrents_files", torrent_hash=show, see=lambda files: sorted([f.name, f.size] for f in files))
    call("torrents_files", step="torrents_files as they look", torrent_hash=show, see=shape)
    call("torrents_trackers", torrent_hash=film, see=shape)
    call("torrents_trackers", step="torrents_trackers by address", torrent_hash=film, see=_addresses)
    call("torrents_webseeds", torrent_hash=film)
    call("torrents_piece_states", torrent_hash=show)
    call("torrents_piece_hashes", torrent_hash=show)
    call("torrents_piece_availability", torrent_hash=show, see=shape)
    call("torrents_export", torrent_hash=film, see=lambda found: found[:1] + found[-1:] == b"de")
    call("torrents_download_file", torrent_hash=film, file=0, see=nothing)
    call("sync_maindata", see=_main_data)
    call("sync_torrent_peers", torrent_hash=film, see=shape)


def _adjust(call: Any, job: Job) -> None:
    both = [job.film.infohash, job.show.infohash]
    call("torrents_pause", torrent_hashes=both)
    call.tell.until("the film is paused", lambda: _row(call, job.film).state_enum.is_paused)
    call("torrents_resume", torrent_hashes=both)
    call("torrents_recheck", torrent_hashes=job.film.infohash)
    call.tell.until("the film is checked", lambda: _is_complete(call, job.film))
    call("torrents_reannounce", torrent_hashes=both)
    for way in ("download", "upload"):
        call(f"torrents_set_{way}_limit", limit=50_000, torrent_hashes=both)
        call(f"torrents_{way}_limit", torrent_hashes=both)
    call("torrents_set_share_limits", torrent_hashes=both, ratio_limit=-2, seeding_time_limit=90,
         inactive_seeding_time_limit=-2)  # fmt: skip
    call("torrents_info", step="torrents_set_share_limits shows", torrent_hashes=both, see=_limits)
    for switch, shown in SWITCHES.items():
        call(f"torrents_set_{switch}", enable=True, torrent_hashes=both)
        call.tell.until(f"torrents_set_{switch} shows", partial(_all_have, call, both, shown))
        call(f"torrents_set_{switch}", step=f"torrents_set_{switch} off", enable=False, torrent_hashes=both)
    call("torrents_toggle_sequential_download", torrent_hashes=both)
    call("torrents_toggle_first_last_piece_priority", torrent_hashes=both)
    for shown in ("seq_dl", "f_l_piece_prio"):
        call.tell.until(f"{shown} shows", partial(_all_have, call, both, shown))


def _label(call: Any, job: Job) -> None:
    show = job.show.infohash
    call("torrents_add_tags", tags=["seen", "new"], torrent_hashes=show)
    call("torrents_remove_tags", tags=["seen"], torrent_hashes=show)
    call("torrents_set_tags", tags=["new"], torrent_hashes=show)
    call("torrents_set_category", category="open-films", torrent_hashes=show)
    call("torrents_set_category", step="torrents_set_category unknown", category="none", torrent_hashes=show)
    call("torrents_rename", torrent_hash=show, new_torrent_name="Caminandes, the first season")
    call("torrents_rename", step="torrents_rename of none", torrent_hash="0" * 40, new_torrent_name="x")
    call("torrents_set_comment", comment="made of llamas", torrent_hashes=show)
    call("torrents_info", step="the labels show", torrent_hashes=show, see=_facts)
    call("torrents_delete_tags", tags=["open"])
    call("torrents_tags", step="torrents_tags once deleted", see=sorted)


def _trackers_and_peers(call: Any, job: Job) -> None:
    film = job.film.infohash
    call("torrents_add_trackers", torrent_hash=film, urls=[TRACKER])
    call("torrents_edit_tracker", torrent_hash=film, original_url=TRACKER, new_url=f"{TRACKER}2")
    call("torrents_edit_tracker", step="torrents_edit_tracker of none", torrent_hash=film,
         original_url="http://none.example/announce", new_url=TRACKER)  # fmt: skip
    call("torrents_trackers", step="the trackers show", torrent_hash=film, see=_addresses)
    call("torrents_remove_trackers", torrent_hash=film, urls=f"{TRACKER}2")
    call("torrents_trackers", step="the trackers show once removed", torrent_hash=film, see=_addresses)
    call("torrents_add_webseeds", torrent_hash=film, urls=SEED)
    call("torrents_edit_webseed", torrent_hash=film, orig_url=SEED, new_url=f"{SEED}2/")
    call("torrents_remove_webseeds", torrent_hash=film, urls=f"{SEED}2/")
    call("torrents_add_peers", peers=PEER, torrent_hashes=film)
    call("torrents_add_peers", step="torrents_add_peers odd", peers="nonsense", torrent_hashes=film)
    call("torrents_ssl_parameters", torrent_hash=film)
    call(
        "torrents_set_ssl_parameters",
        torrent_hash=film,
        ssl_certificate="",
        ssl_private_key="",
        ssl_dh_params="",
    )


def _place(call: Any, job: Job) -> None:
    film, show = job.film, job.show
    call("torrents_file_priority", torrent_hash=show.infohash, file_ids=[0], priority=7)
    call(
        "torrents_file_priority", step="an odd priority", torrent_hash=show.infohash, file_ids=[0], priority=3
    )
    call("torrents_files", step="the priority shows", torrent_hash=show.infohash, see=_priorities)
    old = show.files[0]
    call("torrents_rename_file", torrent_hash=show.infohash, old_path=f"{show.name}/{old}",
         new_path=f"{show.name}/first.mkv")  # fmt: skip
    call.tell.until("the file is renamed", lambda: f"{show.name}/first.mkv" in _names_of_files(call, show))
    call("torrents_rename_folder", torrent_hash=show.infohash, old_path=show.name, new_path="Season 1")
    call.tell.until("the folder is renamed", lambda: _in_folder(call, show, "Season 1"))
    call("torrents_files", step="the new names show", torrent_hash=show.infohash, see=_file_names)
    for method, name, folder in (
        ("torrents_set_location", "location", "moved"),
        ("torrents_set_save_path", "save_path", "saved"),
    ):
        target = f"{job.downloads}/{folder}"
        call(method, torrent_hashes=film.infohash, **{name: target})
        call.tell.until(f"{method} moved it", partial(_is_at, call, film, target))
        call("torrents_info", step=f"{method} shows", torrent_hashes=film.infohash, see=_paths)
    call(
        "torrents_set_location",
        step="torrents_set_location to nowhere",
        location="",
        torrent_hashes=film.infohash,
    )
    call("torrents_set_download_path", download_path=f"{job.downloads}/partial", torrent_hashes=film.infohash)


def _queue(call: Any, job: Job) -> None:
    for method in ("top", "bottom", "increase", "decrease"):
        call(f"torrents_{method}_priority", torrent_hashes=job.spare.infohash)


def _metadata(call: Any, job: Job) -> None:
    call("torrents_fetch_metadata", source=job.film.magnet, see=nothing)
    call("torrents_parse_metadata", torrent_files=[job.film.torrent], see=shape)
    call("torrents_save_metadata", source=job.film.magnet, see=nothing)
    call("torrentcreator_add_task", source_path=f"{job.downloads}/saved", see=shape)
    call("torrentcreator_status", see=nothing)
    call("torrentcreator_torrent_file", task_id="none")
    call("torrentcreator_delete_task", task_id="none")


def _delete(call: Any, job: Job) -> None:
    call("torrents_delete", torrent_hashes=job.spare.infohash, delete_files=False)
    call(
        "torrents_delete",
        step="torrents_delete with files",
        torrent_hashes=job.show.infohash,
        delete_files=True,
    )
    call("torrents_delete", step="torrents_delete of none", torrent_hashes="0" * 40, delete_files=True)
    call("torrents_info", step="what stays", see=lambda rows: sorted(row.hash for row in rows))
    call("torrents_remove_categories", categories="open-films")
    call("torrents_info", step="a category goes", see=lambda rows: [row.category for row in rows])


def _row(call: Any, toy: Toy) -> Any:
    return call.client.torrents_info(torrent_hashes=toy.infohash)[0]


def _is_complete(call: Any, toy: Toy) -> bool:
    """Whether it is there: the original does not list at once what was added."""
    return any(row.state_enum.is_complete for row in call.client.torrents_info(torrent_hashes=toy.infohash))


def _names(rows: Any) -> list[str]:
    return sorted(row.name for row in rows)


def _names_in_order(rows: Any) -> list[str]:
    return [row.name for row in rows]


def _facts(rows: Any) -> Any:
    """What both must say of the same torrent."""
    told = (
        "name",
        "hash",
        "size",
        "total_size",
        "progress",
        "amount_left",
        "category",
        "num_seeds",
        "magnet_uri",
    )
    return [exactly({key: row[key] for key in told} | {"tags": sorted(row.tags.split(", "))}) for row in rows]


def _limits(rows: Any) -> Any:
    return sorted([row.hash, row.ratio_limit, row.seeding_time_limit] for row in rows)


def _all_have(call: Any, hashes: list[str], switch: str) -> bool:
    """Whether a switch shows at every torrent; the original shows some only after its next look at them."""
    return all(row[switch] for row in call.client.torrents_info(torrent_hashes=hashes))


def _paths(rows: Any) -> Any:
    return [[row.save_path.rstrip("/"), row.content_path] for row in rows]


def _addresses(trackers: Any) -> Any:
    return sorted(each.url for each in trackers)


def _priorities(files: Any) -> Any:
    return sorted([file.name, file.priority] for file in files)


def _file_names(files: Any) -> Any:
    return sorted(file.name for file in files)


def _in_folder(call: Any, toy: Toy, folder: str) -> bool:
    return all(name.startswith(f"{folder}/") for name in _names_of_files(call, toy))


def _names_of_files(call: Any, toy: Toy) -> list[str]:
    """As they are now; the original renames them one by one, in its own time."""
    return [file.name for file in call.client.torrents_files(torrent_hash=toy.infohash)]


def _is_at(call: Any, toy: Toy, folder: str) -> bool:
    row = _row(call, toy)
    return bool(row.save_path.rstrip("/") == folder and row.state_enum.is_complete)


def _main_data(data: Any) -> Any:
    assert all(is_hash(key) for key in data.torrents)
    return shape(data)
