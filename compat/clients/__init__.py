"""Programs of others that talk to a qBittorrent, run against this one as well as against the original."""
