"""The command line: arguments, the listening socket, the exit code."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from qbitproxy import __version__, access, daemon, logs
from qbitproxy.providers import PROVIDERS
from qbitproxy.recent import Recent
from qbitproxy.settings import (
    Loaded,
    Settings,
    SettingsError,
    check,
    config_path,
    example_toml,
    load,
    load_or_create,
    reference_markdown,
    state_directory,
)
from qbitproxy.settings.decypharr import converted
from qbitproxy.settings.editing import Editor
from qbitproxy.settings.example import toml
from qbitproxy.settings.sections import ServerSettings
from qbitproxy.store import NewerStore
from qbitproxy.threads import share_heap
from qbitproxy.web.api.openapi import document, table
from qbitproxy.web.api.table import ROUTES

log = structlog.get_logger()

OK, FAILED, MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` name; return the exit code."""
    options = _parser().parse_args(arguments)
    environ = _environ(options)
    config = config_path(environ).absolute()
    try:
        match options.command, getattr(options, "what", None):
            case "config", "example":
                _say(example_toml())
            case "config", "reference":
                _say(reference_markdown())
            case "config", "import":
                return _import(Path(options.file))
            case "config", "path":
                _say(f"{config}\n")
            case "config", "check":
                return _check(config, environ)
            case "openapi", _:
                _say(f"{table(ROUTES)}\n" if options.table else _specification())
            case ("password" | "token" | "auth") as command, what:
                return asyncio.run(access.carry_out(command, what, options, state_directory(environ), _say))
            case _:
                return _run(config, environ)
    except SettingsError as error:
        _complain(str(error))
        return MISUSED
    except sqlite3.DatabaseError as error:
        _complain(f"{state_directory(environ) / daemon.DATABASE}: {error}")
        return FAILED
    except (NewerStore, OSError, access.Misused) as error:
        _complain(str(error))
        return FAILED
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qbitproxy",
        description="Looks like qBittorrent to Sonarr, Radarr and friends; fetches through debrid services.",
    )
    parser.add_argument("--version", action="version", version=f"qbitproxy {__version__}")
    parser.add_argument("--config", metavar="FILE", help="the settings file (default: see `config path`)")
    parser.add_argument("--state", metavar="DIR", help="where the database and the downloads are kept")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("run", help="run the daemon (what happens without a command)")
    config = commands.add_parser("config", help="show or check the settings")
    what = config.add_subparsers(dest="what", metavar="WHAT", required=True)
    what.add_parser("example", help="print a settings file with every key at its default")
    what.add_parser("reference", help="print the reference of every key, as Markdown")
    what.add_parser("check", help="report every problem of the settings file")
    other = what.add_parser("import", help="print the settings that another program's file comes to")
    other.add_argument("program", choices=["decypharr"])
    other.add_argument("file", metavar="FILE", help="its config.json")
    what.add_parser("path", help="print where the settings file is looked for")
    openapi = commands.add_parser("openapi", help="print what the API is, as OpenAPI 3.1")
    openapi.add_argument("--table", action="store_true", help="print its routes as a Markdown table instead")
    access.add_commands(commands)
    return parser


def _environ(options: argparse.Namespace) -> Mapping[str, str]:
    """The environment, with what the command line says laid over it."""
    said = {"QBITPROXY_CONFIG": options.config, "QBITPROXY_STATE": options.state}
    return {**os.environ, **{name: value for name, value in said.items() if value}}


def _import(file: Path) -> int:
    """What stands for each key of another program's file goes to the output, what does not is said."""
    try:
        theirs = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as wrong:
        _complain(f"{file}: {wrong}")
        return MISUSED
    found = converted(theirs)
    for note in found.notes:
        _complain(note)
    _say(toml(found.settings))
    return OK


def _specification() -> str:
    return msgspec.json.format(msgspec.json.encode(document(ROUTES, __version__)), indent=2).decode() + "\n"


def _check(config: Path, environ: Mapping[str, str]) -> int:
    problems = check(config, environ, known_providers=PROVIDERS)
    for problem in problems:
        _complain(str(problem) if problem.fatal else f"warning: {problem}")
    if any(problem.fatal for problem in problems):
        return MISUSED
    _say(f"{config} is fine\n")
    return OK


def _run(config: Path, environ: Mapping[str, str]) -> int:
    """Run until told to stop; a reload builds everything again on the same listening socket."""
    share_heap()
    loaded, recent = load_or_create(config, environ, known_providers=PROVIDERS), Recent()
    read = load if config.exists() else load_or_create  # a file that is gone is no wish for the defaults

    def reload() -> Settings | None:
        try:
            return _in_force(read(config, environ, known_providers=PROVIDERS), recent)
        except SettingsError as error:
            log.error("reload_refused", problems=[str(problem) for problem in error.problems])
            return None

    with _listen(loaded.settings.server) as listener:
        state, editor = state_directory(environ), Editor(config, environ, PROVIDERS)
        settings = _in_force(loaded, recent)
        asyncio.run(
            daemon.run_until_stopped(
                settings, reload, state, listener, environ, _banner, editor=editor, recent=recent
            )
        )
    return OK


def _in_force(loaded: Loaded, recent: Recent) -> Settings:
    """The settings, once what they say of the whole process is done and their warnings are logged."""
    settings = loaded.settings
    logs.set_up(settings.log.level, settings.log.format, note=recent.note)
    if settings.files.umask is not None:
        os.umask(settings.files.umask)
    for warning in loaded.warnings:
        log.warning("settings_doubtful", path=warning.path, detail=warning.message)
    return settings


def _listen(server: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server.host, server.port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise OSError(
            f"cannot listen on {server.host} port {server.port}: {error.strerror}. "
            "Choose another server.host or server.port, or stop the program that uses it."
        ) from error
    return listener


def _banner(text: str) -> None:
    out = logs.Forgiving(sys.stderr)
    out.write(text)
    out.flush()


def _say(text: str) -> None:
    sys.stdout.write(text)


def _complain(text: str) -> None:
    sys.stderr.write(f"qbitproxy: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
