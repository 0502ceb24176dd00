"""A caller of an emulated Arr's API."""

from typing import Any

from aiohttp import ClientSession

from compat.emulators.arr import FAKE_API_KEY, Arr

KEY = {"X-Api-Key": FAKE_API_KEY}


class Caller:
    """Calls the API of one Arr, keeping the status of the last answer."""

    def __init__(self, http: ClientSession, arr: Arr, version: str = "v3") -> None:
        self._http, self._base = http, f"{arr.url}api/{version}/"
        self.status = 0

    async def __call__(self, method: str, path: str, **options: Any) -> Any:
        async with self._http.request(method, self._base + path, **options) as response:
            self.status = response.status
            return await response.json() if response.content_type == "application/json" else None
