"""The face that Arrs know: the qBittorrent Web API."""

from qbitproxy.web.qbit.routes import add_routes

__all__ = ["add_routes"]
