"""The commands by which the owner of the machine decides who comes in."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from qbitproxy.accounts import Accounts, TokenExists
from qbitproxy.clock import SystemClock
from qbitproxy.core.caller import Scope
from qbitproxy.daemon import accounts_of

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

Say = Callable[[str], None]


class Misused(Exception):
    """What was asked cannot be done; the message says why."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what can be asked."""
    commands.add_parser("password", help="give the account a new random password; every session ends")
    token = commands.add_parser("token", help="make, list or revoke tokens")
    what = token.add_subparsers(dest="what", metavar="WHAT", required=True)
    create = what.add_parser("create", help="make a token, and show it this once")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--scope", choices=[scope.value for scope in Scope], default=Scope.READ.value)
    create.add_argument("--expires", metavar="90d", type=_lifetime, help="minutes, hours, days or weeks")
    what.add_parser("list", help="show every token, but not what it is made of")
    revoke = what.add_parser("revoke", help="end a token")
    revoke.add_argument("name", metavar="NAME")
    auth = commands.add_parser("auth", help="ask everybody for credentials, or nobody on this machine")
    auth.add_argument("what", choices=["on", "off"])


async def carry_out(
    command: str, what: str | None, options: argparse.Namespace, state: Path, say: Say
) -> int:
    """Do what was asked in the installation in `state`, running or not; the exit code. Raises Misused."""
    with accounts_of(state) as accounts:
        match command, what:
            case "password", _:
                username, password = await accounts.reset_password()
                say(f"The account {username} has the password {password} from now on.\n")
            case "token", "create":
                say(f"{await _create(accounts, options)}\n")
            case "token", "list":
                say(_listed(accounts))
            case "token", "revoke":
                if not await accounts.tokens.revoke(options.name):
                    raise Misused(f"there is no token named {options.name}")
            case "auth", _:
                await accounts.unlock(what == "off")
                say(LOGIN_OFF if what == "off" else LOGIN_ON)
    return 0


LOGIN_ON = "Everybody needs credentials again.\n"
LOGIN_OFF = (
    "WARNING: whoever is on this machine needs no credentials any more, every program and every user of it.\n"
    "Other machines still do, unless server.unlocked_networks names them. Undo: qbitproxy auth on\n"
)


async def _create(accounts: Accounts, options: argparse.Namespace) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", options.name):
        raise Misused("a name is made of letters, digits, dots and dashes, 64 at most")
    expires = SystemClock().now() + options.expires if options.expires else None
    try:
        return await accounts.tokens.create(options.name, Scope(options.scope), expires)
    except TokenExists:
        raise Misused(f"there is a token named {options.name}, or the name is reserved") from None


def _listed(accounts: Accounts) -> str:
    now = SystemClock().now()
    rows = [("NAME", "SCOPE", "KIND", "CREATED", "EXPIRES", "USED")]
    for row in accounts.tokens.listed():
        end = "expired" if row.expired(now) else _day(row.expires, "never")
        rows.append((row.name, row.scope, row.kind, _day(row.created), end, _day(row.used, "never")))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def _day(moment: datetime | None, otherwise: str = "") -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else otherwise


def _lifetime(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 12h, 90d or 52w")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
