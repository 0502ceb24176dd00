"""The daemon keeps to what its specification says, whatever it is asked.

Run by schemathesis, every check on; `schemathesis.toml` says what a schema cannot.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from compat.content import SINTEL
from tests.stage import Stage

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
DEADLINE = 240  # seconds; alone on a machine it takes a fifth of it

ITS_OWN = {
    "QBITPROXY_SERVER__HOST": "127.0.0.1",
    "QBITPROXY_SERVER__LOGIN_FAILURES": "1000",
    "QBITPROXY_SERVER__NAMES": "[]",
    "QBITPROXY_SERVER__TLS_CERTIFICATE": "",
    "QBITPROXY_SERVER__TLS_KEY": "",
    "QBITPROXY_SERVER__TRUSTED_PROXIES": "[]",
    "QBITPROXY_SERVER__URL_BASE": "",
}
"""What has to stay as it is while settings are tried out, or nobody would be reached any more."""


async def test_daemon_keeps_to_its_specification(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.save_settings()
        environ = ITS_OWN | {"QBITPROXY_SERVER__PORT": str(stage.port)}
        async with stage.process(**environ) as process:
            assert await stage.answering(process)
            async with stage.person() as person:
                async with person.post("/api/refresh-token") as answer:
                    token = (await answer.json())["token"]
                form = {"arr": "films", "urls": SINTEL.magnet()}
                async with person.post("/api/add", json=form) as answer:
                    assert (await answer.json())["results"]

            code, said = await checked(f"{stage.url}/api/openapi.json", token, tmp_path)

            assert code == 0, said
            assert process.returncode is None
        assert "_broke" not in stage.said


async def checked(specification: str, token: str, folder: Path) -> tuple[int, str]:
    """How schemathesis ends, what it says; what it remembers is left in `folder`."""
    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        "--config-file",
        ROOT / "schemathesis.toml",
        "run",
        specification,
        "--header",
        f"Authorization: Bearer {token}",
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, said.decode()
