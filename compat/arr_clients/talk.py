"""What pyarr and arrapi get from an Arr, as JSON; runs in an environment of its own.

python talk.py sonarr http://127.0.0.1:8989/ KEY http://127.0.0.1:1/hook
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import arrapi
import pyarr

Told = dict[str, Any]


def sonarr(url: str, key: str, hook: str) -> Told:
    """Everything repair needs, in the words of others."""
    api = pyarr.SonarrAPI(url, key)
    [series] = api.get_series()
    episodes = api.get_episode(series["id"], series=True)
    files = api.get_episode_file(series["id"], series=True)
    ids = [episode["id"] for episode in episodes]
    stopped = api.upd_episode_monitor(ids, monitored=False)
    back = api.upd_episode_monitor(ids, monitored=True)
    api.del_episode_file(files[0]["id"])
    command = api.post_command("EpisodeSearch", episodeIds=ids)
    [read] = arrapi.SonarrAPI(url, key).all_series()
    return {
        "titles": [series["title"], read.title],
        "paths": [file["path"] for file in files],
        "linked": [episode["episodeFileId"] for episode in episodes],
        "monitored": [[each["monitored"] for each in answer] for answer in (stopped, back)],
        "left": len(api.get_episode_file(series["id"], series=True)),
        "command": command["name"],
        "queue": api.get_queue(include_unknown_series_items=True)["totalRecords"],
        **_everywhere(api, hook),
    }


def radarr(url: str, key: str, hook: str) -> Told:
    """Everything repair needs, in the words of others."""
    api = pyarr.RadarrAPI(url, key)
    [movie] = api.get_movie()
    files = api.get_movie_files_by_movie_id(movie["id"])
    stopped = api.upd_movies({"movieIds": [movie["id"]], "monitored": False})
    back = api.upd_movies({"movieIds": [movie["id"]], "monitored": True})
    history = api.get_movie_history(movie["id"])
    api.del_movie_file(files[0]["id"])
    command = api.post_command("MoviesSearch", movieIds=[movie["id"]])
    [read] = arrapi.RadarrAPI(url, key).all_movies()
    return {
        "titles": [movie["title"], read.title],
        "paths": [file["path"] for file in files],
        "linked": [movie["movieFileId"]],
        "monitored": [[each["monitored"] for each in answer] for answer in (stopped, back)],
        "left": len(api.get_movie_files_by_movie_id(movie["id"])),
        "command": command["name"],
        "queue": api.get_queue(include_unknown_movie_items=True)["totalRecords"],
        "own history": [row["eventType"] for row in history],
        **_everywhere(api, hook),
    }


def lidarr(url: str, key: str, hook: str) -> Told:
    """Everything repair needs, in the words of others."""
    api = pyarr.LidarrAPI(url, key)
    [artist] = api.get_artist()
    albums = api.get_album()
    files = api.get_track_file(artistId=artist["id"])
    api.delete_track_file(files[0]["id"])
    command = api.post_command("AlbumSearch", albumIds=[album["id"] for album in albums])
    return {
        "titles": [artist["artistName"]],
        "paths": [file["path"] for file in files],
        "linked": [file["albumId"] for file in files],
        "left": len(api.get_track_file(artistId=artist["id"])),
        "command": command["name"],
        "queue": api.get_queue(unknown_artists=True)["totalRecords"],
        **_everywhere(api, hook),
    }


def readarr(url: str, key: str, hook: str) -> Told:
    """What repair needs, as far as others have words for it."""
    api = pyarr.ReadarrAPI(url, key)
    [author] = api.get_author()
    ids = [book["id"] for book in api.get_book()]
    stopped = api.upd_book_monitor(ids, monitored=False)
    back = api.upd_book_monitor(ids, monitored=True)
    command = api.post_command("BookSearch", bookIds=ids)
    return {
        "titles": [author["authorName"]],
        "monitored": [[each["monitored"] for each in answer] for answer in (stopped, back)],
        "command": command["name"],
        "queue": api.get_queue(unknown_authors=True)["totalRecords"],
        **_everywhere(api, hook),
    }


def _everywhere(api: Any, hook: str) -> Told:
    """What all Arrs have in common."""
    [template] = [one for one in api.get_notification_schema() if one["implementation"] == "Webhook"]
    for field in template["fields"]:
        if field["name"] == "url":
            field["value"] = hook
    added = api.add_notification(template | {"name": "others"})
    named = [one["name"] for one in api.get_notification()]
    api.del_notification(added["id"])
    return {
        "app": api.get_system_status()["appName"],
        "history": sorted({row["eventType"] for row in api.get_history()["records"]}),
        "blocklist": api.get_blocklist()["totalRecords"],
        "notifications": [named, len(api.get_notification())],
    }


TALKS: dict[str, Callable[[str, str, str], Told]] = {
    "sonarr": sonarr,
    "radarr": radarr,
    "lidarr": lidarr,
    "readarr": readarr,
}

if __name__ == "__main__":
    kind, *given = sys.argv[1:]
    os.write(sys.stdout.fileno(), json.dumps(TALKS[kind](*given)).encode())
