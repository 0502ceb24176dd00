"""The loops that bring torrents on."""
