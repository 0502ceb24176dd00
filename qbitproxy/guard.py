"""Connections to addresses that somebody else chose."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from types import SimpleNamespace
from typing import Any

import aiohttp

Network = IPv4Network | IPv6Network

GLOBAL_UNICAST = IPv6Network("2000::/3")
TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
"""Networks whose addresses stand for IPv4 ones, so that a private one may hide in them."""

RELAYS = IPv4Network("192.88.99.0/24")


class AddressRefused(aiohttp.ClientError, OSError):
    """The address behind a name is none we connect to, or the answer points elsewhere."""


def refused(address: str, allowed: Sequence[Network], *, public: bool = True) -> str | None:
    """Why `address` (an IP address as text) is not connected to; None when it may be.

    `allowed` networks are always open; `public` opens every address of the public internet besides.
    """
    try:
        ip = _unwrapped(ip_address(address))
    except ValueError:
        return "it is not an IP address"
    if any(ip in network for network in allowed):
        return None
    if not public:
        return f"{ip} is in none of the allowed networks"
    return None if _is_public(ip) else f"{ip} is not a public address"


def guarded_session(allowed: Sequence[Network], *, public: bool = True) -> aiohttp.ClientSession:
    """A session that refuses by the address really dialled, whatever a name resolves to.

    Follows no redirect, keeps no cookie, takes no proxy from the environment. A refused address is a
    `ClientConnectorError` that says why. Close it.
    """
    redirects = aiohttp.TraceConfig()
    redirects.on_request_redirect.append(_refuse_redirect)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=_factory(allowed, public)),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[redirects],
    )


def _factory(allowed: Sequence[Network], public: bool) -> Callable[[tuple[Any, ...]], socket.socket]:
    def dial(address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, (address, *_) = address_info
        why = refused(str(address), allowed, public=public)
        if why is not None:
            raise AddressRefused(errno.EACCES, why)
        return socket.socket(family, kind, protocol)

    return dial


async def _refuse_redirect(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestRedirectParams
) -> None:
    raise AddressRefused(errno.EACCES, "redirects are not followed")


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Stricter than `is_global`, which takes multicast, NAT64 and 6to4 for public.

    Source: Python 3.11 to 3.13, ipaddress; IANA special-purpose address registries, 2025.
    """
    if ip.is_multicast or not ip.is_global:
        return False
    if isinstance(ip, IPv4Address):
        return ip not in RELAYS
    return ip in GLOBAL_UNICAST and not any(ip in tunnel for tunnel in TUNNELS)
