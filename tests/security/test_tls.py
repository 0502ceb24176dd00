"""TLS of our own."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from tests.stage import PASSWORD, Stage


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "qbitproxy under test")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * 50))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


async def test_a_certificate_makes_it_speak_tls_and_nothing_else(tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with Stage(tmp_path) as stage:
        usual = stage.settings()
        server = replace(usual.server, tls_certificate=str(certificate), tls_key=str(key))
        async with (
            stage.running(replace(usual, server=server)),
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            secure = stage.url.replace("http:", "https:")
            chosen = {"username": "anna", "password": PASSWORD, "confirm_password": PASSWORD}

            async with session.post(
                f"{secure}/setup", json=chosen, ssl=trusting, allow_redirects=False
            ) as answer:
                assert answer.status == 303
                assert answer.cookies["auth-session"]["secure"]
            async with session.get(f"{secure}/api/torrents", ssl=trusting) as answer:
                assert answer.status == 200
            assert f"https://127.0.0.1:{stage.port}/" in stage.said
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"{stage.url}/health")
