"""What every call to an Arr's API has in common: the key, the URL base, how errors are told.

Source: Sonarr develop 97d24acf0 (Sonarr.Http: ApiKeyAuthenticationHandler, UrlBaseMiddleware,
ErrorManagement, PagingResource), read 2026-08.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from compat.emulators.arr_resources import answer
from compat.emulators.arr_settings import Json

if TYPE_CHECKING:
    from compat.emulators.arr import Arr


class Problem(Exception):
    """A call is answered with an error: `body` is an array, an object, or None for nothing."""

    def __init__(self, status: int, body: Json | list[Json] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


def gate(arr: Arr) -> Middleware:
    """Return the middleware in front of every route."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if arr.base and request.path != arr.base and not request.path.startswith(f"{arr.base}/"):
            return web.Response(status=307, headers={"Location": arr.base + request.raw_path})
        if not f"{request.path}/".startswith(f"{arr.base}/api/"):
            return await handler(request)
        allowed = _key_of(request) == arr.api_key
        response = await _answered(request, handler) if allowed else web.Response(status=401)
        response.headers["X-Application-Version"] = arr.flavour.version
        if any(request.path.startswith(f"{arr.base}/api/{old}/") for old in arr.flavour.deprecated_apis):
            response.headers["Deprecation"] = "true"
        return response

    return check


def asked(request: web.Request, name: str, default: str = "") -> str:
    """Return a query parameter; its name may be in any case."""
    return next((value for key, value in request.query.items() if key.lower() == name.lower()), default)


def asked_all(request: web.Request, name: str) -> list[str]:
    """Return every value of a repeated query parameter."""
    return [value for key, value in request.query.items() if key.lower() == name.lower()]


def asked_flag(request: web.Request, name: str, *, default: bool = False) -> bool:
    """Return a boolean query parameter. Raises Problem for anything but true or false."""
    value = asked(request, name, str(default)).lower()
    if value not in ("true", "false"):
        raise malformed(name, f"The value '{value[:40]}' is not valid.")
    return value == "true"


def asked_number(request: web.Request, name: str, default: int) -> int:
    """Return an integer query parameter. Raises Problem."""
    value = asked(request, name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise malformed(name, f"The value '{value[:40]}' is not valid.") from error


async def body_of(request: web.Request) -> Json:
    """Return the JSON object a call carries. Raises Problem."""
    if request.content_type != "application/json":
        raise Problem(415, {"title": "Unsupported Media Type", "status": 415})
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise malformed("$", str(error)) from error
    if not isinstance(body, dict):
        raise malformed("$", "The JSON value could not be converted.")
    return body


def malformed(field: str, message: str) -> Problem:
    """Return the complaint of the framework itself about a body or a query."""
    title = "One or more validation errors occurred."
    return Problem(400, {"title": title, "status": 400, "errors": {field: [message]}})


def invalid(setting: str, message: str) -> Problem:
    """Return the complaint about one setting."""
    return Problem(
        400,
        [{"propertyName": setting, "errorMessage": message, "severity": "error", "isWarning": False}],
    )


def missing() -> Problem:
    """Return the answer for an unknown id."""
    return Problem(404, {"message": "NotFound"})


def page(
    request: web.Request,
    records: Sequence[Json],
    *,
    sort_key: str,
    descending: bool = False,
    clamps: bool = False,
) -> web.Response:
    """Return one page of a list; `clamps`: past the end comes the last page again."""
    number, size = asked_number(request, "page", 1), max(asked_number(request, "pageSize", 10), 1)
    key = asked(request, "sortKey", sort_key)
    if not any(key in record for record in records):
        key = sort_key
    direction = asked(request, "sortDirection", "default").lower()
    if direction != "default":
        descending = direction == "descending"
    ordered = sorted(records, key=lambda record: _rank(record.get(key)), reverse=descending)
    if clamps:
        number = min(number, max(-(-len(ordered) // size), 1))
    return answer(
        {
            "page": number,
            "pageSize": size,
            "sortKey": key,
            "sortDirection": "descending" if descending else "ascending",
            "totalRecords": len(ordered),
            "records": ordered[(number - 1) * size : number * size],
        }
    )


def _rank(value: Any) -> tuple[bool, Any]:
    return (True, 0) if value is None or isinstance(value, dict | list) else (False, value)


def _key_of(request: web.Request) -> str:
    bearer = request.headers.get("Authorization", "").partition("Bearer ")[2]
    return asked(request, "apikey") or request.headers.get("X-Api-Key", "") or bearer


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        if problem.body is None:
            return web.Response(status=problem.status)
        return answer(problem.body, status=problem.status)
    except web.HTTPException as refused:
        return answer({"message": (refused.reason or "").replace(" ", "")}, status=refused.status)
    except Exception as error:  # whatever it is, an Arr answers 500 with a stack trace
        return answer({"message": str(error), "description": traceback.format_exc()}, status=500)
