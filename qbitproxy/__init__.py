"""A daemon that looks like qBittorrent to the Arrs; debrid services do the fetching."""

__version__ = "0.1.0"
