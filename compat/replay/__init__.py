"""Recordings of the real qBittorrent, put to a server that claims to be one."""
