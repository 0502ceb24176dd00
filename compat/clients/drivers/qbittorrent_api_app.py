"""What qbittorrent-api asks of a server beside its torrents."""

from __future__ import annotations

from typing import Any

from compat.clients.drivers.telling import Job, nothing, shape

LIMITS = ("upload_limit", "download_limit", "alt_upload_limit", "alt_download_limit")
RULE = {"enabled": False, "mustContain": "Caminandes"}


def play(call: Any, job: Job) -> None:
    """Use each method; those that a server of this version cannot have are told as not implemented."""
    _application(call, job)
    _transfer(call)
    _logs_and_client_data(call)
    _feeds(call)
    _search(call)


def _application(call: Any, job: Job) -> None:
    call("app_version", see=shape)
    call("app_web_api_version", see=shape)
    call("app_build_info", see=shape)
    call("app_default_save_path")
    call("app_preferences", see=shape)
    call("app_set_preferences", prefs={"queueing_enabled": True, "max_active_downloads": 5})
    call("app_preferences", step="app_preferences once set", see=lambda found: found.max_active_downloads)
    call("app_network_interface_list", see=shape)
    call("app_network_interface_address_list", see=shape)
    call("app_cookies")
    call("app_set_cookies", cookies=[])
    call("app_send_test_email")
    call("app_get_directory_content", directory_path=job.downloads, see=nothing)
    call("app_get_free_space_at_path", path=job.downloads, see=shape)
    call("app_process_info", see=shape)
    call("app_rotate_api_key", see=shape)
    call("app_delete_api_key")
    call.tell("app.version by its name space", lambda: call.client.app.version == call.client.app_version())


def _transfer(call: Any) -> None:
    call("transfer_info", see=shape)
    call("transfer_speed_limits_mode")
    call("transfer_set_speed_limits_mode", intended_state=True)
    call("transfer_speed_limits_mode", step="transfer_speed_limits_mode once set")
    call("transfer_toggle_speed_limits_mode")
    call("transfer_speed_limits_mode", step="transfer_speed_limits_mode once toggled")
    for way in ("download", "upload"):
        call(f"transfer_set_{way}_limit", limit=1024 * 1024)
        call(f"transfer_{way}_limit")
        call(f"transfer_set_{way}_limit", step=f"transfer_set_{way}_limit to none", limit=0)
        call(f"transfer_{way}_limit", step=f"transfer_{way}_limit once none")
    call("transfer_speed_limits", see=shape)
    call("transfer_set_speed_limits", **dict.fromkeys(LIMITS, 0))
    call("transfer_ban_peers", peers="192.0.2.1:6881")
    call("transfer_pause_session")
    call("transfer_resume_session")


def _logs_and_client_data(call: Any) -> None:
    call("log_main", see=shape)
    call("log_main", step="log_main past its end", last_known_id=1_000_000)
    call("log_peers", see=nothing)
    call("clientdata_store", data={"shown": "all"})
    call("clientdata_load", keys=["shown"])


def _feeds(call: Any) -> None:
    call("rss_items")
    call("rss_add_folder", folder_path="Films")
    call("rss_add_feed", url="http://127.0.0.1:9/feed.xml", item_path="Films\\Open")
    call("rss_set_feed_url", url="http://127.0.0.1:9/other.xml", item_path="Films\\Open")
    call("rss_set_feed_refresh_interval", item_path="Films\\Open", refresh_interval=0)
    call("rss_items", step="rss_items with one", see=lambda found: sorted(found.get("Films", {})))
    call("rss_move_item", orig_item_path="Films\\Open", new_item_path="Open")
    call("rss_refresh_item", item_path="Open")
    call("rss_mark_as_read", item_path="Open")
    call("rss_set_rule", rule_name="open", rule_def=RULE)
    call("rss_rename_rule", orig_rule_name="open", new_rule_name="films")
    call("rss_clone_rule", orig_rule_name="films", new_rule_name="more")
    call("rss_rules", see=shape)
    call("rss_export_rules", see=nothing)
    call("rss_import_rules", rules={})
    call("rss_matching_articles", rule_name="films")
    call("rss_remove_rule", rule_name="films")
    call("rss_remove_item", item_path="Open")
    call("rss_remove_item", step="rss_remove_item of a folder", item_path="Films")
    call("rss_items", step="rss_items once removed")


def _search(call: Any) -> None:
    call("search_plugins")
    call("search_install_plugin", sources="/nowhere/plugin.py")
    call("search_enable_plugin", plugins="legittorrents", enable=False)
    call("search_uninstall_plugin", names="legittorrents")
    call("search_update_plugins")
    call("search_categories", plugin_name="all")
    call("search_start", pattern="caminandes", plugins="enabled", category="all", see=shape)
    call("search_status", see=shape)
    call("search_results", search_id=1, see=shape)
    call("search_stop", search_id=1)
    call("search_delete", search_id=1)
    call("search_download_torrent", url="http://127.0.0.1:9/a.torrent", plugin="none")
