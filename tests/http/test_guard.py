"""Which addresses we connect to on behalf of others."""

from __future__ import annotations

import socket
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.emulators.bench import Bench
from qbitproxy.guard import guarded_session, refused

LAN = (ip_network("192.168.0.0/16"), ip_network("fc00::/7"))
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%2",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "localhost",
        "",
        "1.2.3",
        "127.1",
        "0x7f000001",
    ],
)
def test_no_address_but_a_public_one_is_connected_to(address: str) -> None:
    assert refused(address, ()) is not None
    assert refused(address, (), public=False) is not None


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_open_unless_only_some_networks_are(address: str) -> None:
    assert refused(address, ()) is None
    assert refused(address, LAN, public=False) is not None


@pytest.mark.parametrize("address", ["192.168.1.20", "::ffff:192.168.1.20", "fd00::20"])
def test_an_allowed_network_is_open_however_its_addresses_are_written(address: str) -> None:
    assert refused(address, LAN) is None
    assert refused(address, LAN, public=False) is None


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "::1", "64:ff9b::c0a8:101", "2002:c0a8:101::"])
def test_allowing_one_network_opens_no_other(address: str) -> None:
    assert refused(address, LAN) is not None


@given(st.one_of(st.ip_addresses(), st.ip_addresses(network=IPv4Network("10.0.0.0/8")),
                 st.ip_addresses(network=IPv6Network("::ffff:0:0/96")),
                 st.ip_addresses(network=IPv6Network("64:ff9b::/96"))))  # fmt: skip
def test_what_is_open_to_everybody_is_globally_reachable_in_itself(address: object) -> None:
    ip = ip_address(str(address))
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    if refused(str(address), ()) is None:
        assert mapped.is_global
        assert not mapped.is_multicast


async def test_a_refused_address_is_never_dialled() -> None:
    async with Bench() as bench, guarded_session(()) as session:
        with pytest.raises(aiohttp.ClientConnectorError, match=r"127\.0\.0\.1 is not a public address"):
            await session.get(bench.url)

        assert bench.requests == []


async def test_a_name_is_judged_by_what_it_resolves_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with guarded_session(()) as session:
            with pytest.raises(aiohttp.ClientConnectorError, match="is not a public address"):
                await session.get(f"http://localhost:{listener.getsockname()[1]}/")

        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_an_allowed_address_is_reached() -> None:
    async with Bench() as bench, guarded_session(LOOPBACK) as session, session.get(bench.url) as response:
        assert response.status == 404


async def test_redirects_are_not_followed() -> None:
    async with Bench() as bench, guarded_session(LOOPBACK) as session:
        bench.fault(status=302, headers={"Location": bench.url})

        with pytest.raises(aiohttp.ClientError, match="not followed"):
            await session.get(bench.url)

        assert len(bench.requests) == 1
