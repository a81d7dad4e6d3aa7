"""Where the settings come from: `watchroom.toml`, then the environment, then flags, the later one winning.

Called by the shell; only this file and `cli.py` read the environment. Never guesses: an unknown key fails and names the
nearest known one.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import platformdirs

from watchroom.base.errors import MisConfigured
from watchroom.base.moved import moved
from watchroom.base.time_zone import is_time_zone
from watchroom.config import FIELDS, SECRET, SECRETS, Settings, is_postgresql

FILE = "watchroom.toml"
PREFIX = "WATCHROOM_"
FOREIGN_VARIABLES = frozenset({"WATCHROOM_REQUIRE_PEERS", "WATCHROOM_EXAM"})
"""Variables of the test suite. A server that a test starts inherits them, and they are none of its business."""


def load(
    flags: Mapping[str, object] | None = None,
    config: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings from the file, the environment (`environ=None`: this process's) and `flags` (None: not given).

    `config` names the file; without, it is `watchroom.toml` in the data folder, if there is one. Raises MisConfigured,
    naming the setting and where its value came from.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    from_environment = _environment(os.environ if environ is None else environ)
    data = str(given.get("data") or from_environment.get("data") or "")
    path = Path(config) if config is not None else _data_folder(data) / FILE
    from_file = _file(path, must_exist=config is not None)
    if config is None and "data" in from_file:
        raise MisConfigured(
            f"data in {path} is set in the file that lies in the data folder.",
            hint="Name the folder with --data or WATCHROOM_DATA, or the file with --config.",
        )
    values: dict[str, Any] = {}
    for name, value in from_file.items():
        values[name] = _value(name, value, str(path), strict=True)
    for name, text in from_environment.items():
        values[name] = _value(name, text, PREFIX + name.upper(), strict=False)
    for name, value in given.items():
        values[name] = _value(name, value, "--" + name.replace("_", "-"), strict=True)
    values["data"] = str(_data_folder(values.get("data", "")))
    settings = Settings(**values)
    _check(settings)
    return settings


def _data_folder(data: str) -> Path:
    folder = Path(data).expanduser() if data else platformdirs.user_data_path("watchroom", appauthor=False)
    return folder.absolute()


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and variable not in FOREIGN_VARIABLES:
            name = variable.removeprefix(PREFIX).lower()
            if name not in FIELDS:
                raise _unknown(variable, "the environment", name, lambda near: PREFIX + near.upper())
            found[name] = text
    return found


def _file(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise MisConfigured(f"There is no file {path}.", hint="Give the path of a watchroom.toml.") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise MisConfigured(f"{path} cannot be read: {error}.") from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MisConfigured(f"{path} is not TOML: {error}.") from error
    for name in found:
        if name not in FIELDS:
            raise _unknown(name, str(path), name, str)
    return found


def _unknown(shown: str, where: str, name: str, spelled: Any) -> MisConfigured:
    if hint := moved(name):
        return MisConfigured(f"{shown} in {where} is no setting any more.", hint=hint)
    near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.5)
    hint = f"Did you mean {spelled(near[0])}?" if near else "The settings are listed in docs/settings.md."
    return MisConfigured(f"{shown} in {where} is no setting.", hint=hint)


def _value(name: str, value: object, where: str, *, strict: bool) -> object:
    field = FIELDS.get(name)
    if field is None:
        raise _unknown(name, where, name, str)
    if not strict and isinstance(value, str) and name == "group_by":
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return msgspec.convert(value, field.type, strict=strict)
    except msgspec.ValidationError as error:
        shown = SECRET if name in SECRETS else repr(value)
        raise MisConfigured(f"{name} cannot be {shown}: {error} (from {where}).", hint=_described(field)) from error


def _described(field: msgspec.structs.FieldInfo) -> str:
    for extra in getattr(field.type, "__metadata__", ()):
        if isinstance(extra, msgspec.Meta) and extra.description:
            return extra.description
    return ""


def _check(settings: Settings) -> None:
    """What no single value shows."""
    if settings.database and not is_postgresql(settings.database):
        raise MisConfigured("database is no postgresql:// URL.", hint="An SQLite record needs none, only --data.")
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.rstrip("/") or parts.query:
            raise MisConfigured(
                f"public_url cannot be {settings.public_url!r}.",
                hint="Give scheme and host alone, such as https://watchroom.example.com.",
            )
    if not is_time_zone(settings.time_zone):
        raise MisConfigured(
            f"time_zone cannot be {settings.time_zone!r}.", hint="Give an IANA time zone such as Europe/Berlin, or UTC."
        )
    if settings.night_begins_h == settings.night_ends_h:
        raise MisConfigured("night_begins_h is night_ends_h.", hint="Give the two hours between which people sleep.")
    if settings.year_earliest > settings.year_latest:
        raise MisConfigured("year_earliest is after year_latest.")
