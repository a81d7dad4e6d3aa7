"""`watchroom source`: the senders of signals and their keys."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from watchroom.base.errors import Malformed
from watchroom.integrations.mapping import Mapping
from watchroom.operations.desk import Named, Nothing
from watchroom.operations.senders import (
    Expectation,
    NewMapping,
    NewSource,
    RenewedKey,
    SourceKey,
    SourceLine,
    Stopped,
)
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import cell, complain, say, say_json, say_table

commands = App(name="source", help="Senders of signals.")


@commands.command
def create(name: str, /, *, kind: str = "generic", json: bool = False, where: Where = HERE) -> None:
    """Make a source: a key for one sender of signals, and the URLs that it sends to. The key is shown this once.

    Parameters
    ----------
    name
        What sends, such as `alertmanager-eu`.
    kind
        What it speaks: alertmanager, grafana, pagerduty, opsgenie, sentry, cloudevents, sns, datadog, zabbix,
        uptimekuma or generic (any JSON); email for mails, report for a form behind a public link.
    json
        For programs.
    """
    _show(ask(where.settings(), "source.create", NewSource(name, kind), SourceKey), json)


@commands.command
def rotate(name: str, /, *, now: bool = False, json: bool = False, where: Where = HERE) -> None:
    """Give a source another key. The one before works for a week yet (`source_key_overlap_s`), unless `--now` ends it.

    Parameters
    ----------
    name
        Which one.
    now
        End the key before at once, because others have seen it.
    json
        For programs.
    """
    _show(ask(where.settings(), "source.rotate", RenewedKey(name, at_once=now), SourceKey), json)


@commands.command(name="list")
def list_(*, json: bool = False, where: Where = HERE) -> None:
    """List the sources, without their keys.

    Parameters
    ----------
    json
        For programs.
    """
    lines = ask(where.settings(), "source.list", Nothing(), list[SourceLine])
    if json:
        say_json({"items": lines})
        return
    say_table(
        ("NAME", "KIND", "STATE", "LAST SEEN", "DELIVERIES", "SIGNALS", "ERRORS", "KEY BEFORE WORKS UNTIL"),
        [
            (
                line.name,
                line.kind,
                _state(line),
                line.last_seen_at,
                line.deliveries_last_day,
                line.signals_last_day,
                len(line.errors),
                line.previous_key_until,
            )
            for line in lines
        ],
        "There is no source yet. Make one: watchroom source create NAME --kind alertmanager",
    )


@commands.command
def show(name: str, /, *, json: bool = False, where: Where = HERE) -> None:
    """Show one source: when it was heard, what it sent in the last day, its mapping, what could not be read.

    Parameters
    ----------
    name
        Which one.
    json
        For programs.
    """
    line = ask(where.settings(), "source.show", Named(name), SourceLine)
    if json:
        say_json(line)
        return
    say(f"{line.name}: {line.kind}, {_state(line)}")
    say(f"last seen: {cell(line.last_seen_at)}")
    say(f"last day: {line.deliveries_last_day} deliveries, {line.signals_last_day} signals")
    say(f"silent after: {f'{line.expect_every_s} s' if line.expect_every_s else 'never'}")
    if line.mapping is not None:
        say(f"mapping: {msgspec.json.encode(line.mapping).decode()}")
    for error in line.errors:
        say(f"{cell(error.at)} {error.code}: {cell(error.message)}")


@commands.command
def expect(name: str, /, *, every_s: int, where: Where = HERE) -> None:
    """Say how often a source must be heard; if it is not, it is shown as silent.

    Parameters
    ----------
    name
        Which one.
    every_s
        After how many seconds without a delivery it counts as silent; 0: never.
    """
    ask(where.settings(), "source.expect", Expectation(name, every_s), object)
    say(f"{name} counts as silent after {every_s} s." if every_s else f"{name} may be silent.")


@commands.command(name="map")
def map_(
    name: str,
    file: Path | None = None,
    /,
    *,
    remove: Annotated[bool, Parameter(negative="")] = False,
    where: Where = HERE,
) -> None:
    """Give a source of the kind generic or email a mapping, from a file with JSON, or take it away.

    Parameters
    ----------
    name
        Which one.
    file
        A file with the mapping, such as `{"title": "alert.name"}`; `-` is standard input.
    remove
        Take the mapping away: what comes is read automatically again.
    """
    if (file is None) != remove:
        raise Malformed("Give a file with the mapping, or --remove.", hint="docs/senders.md explains mappings.")
    mapping = None if file is None else _mapping(file)
    ask(where.settings(), "source.map", NewMapping(name, mapping), object)
    say(f"{name} is read {'automatically' if mapping is None else 'by its mapping'} from now on.")


def _mapping(file: Path) -> Mapping:
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(text, type=Mapping)
    except OSError as error:
        raise Malformed(f"{file} cannot be read: {error.strerror}.", hint="Give the path of a JSON file.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} is no mapping: {error}.", hint='Write {"title": "alert.name"}.') from error


@commands.command(name="end-previous-key")
def end_previous_key(name: str, /, *, where: Where = HERE) -> None:
    """End the key that a source had before its last renewal, before its time.

    Parameters
    ----------
    name
        Which one.
    """
    ask(where.settings(), "source.end-previous-key", Named(name), object)
    say(f"{name} has one key that works.")


@commands.command
def disable(name: str, /, *, reason: str = "", where: Where = HERE) -> None:
    """Take nothing from a source any more, from now on. What it sent stays.

    Parameters
    ----------
    name
        Which one.
    reason
        Why, for those who look later.
    """
    ask(where.settings(), "source.disable", Stopped(name, reason), object)
    say(f"Nothing is taken from {name} any more.")


@commands.command
def enable(name: str, /, *, json: bool = False, where: Where = HERE) -> None:
    """Let a disabled source send again, with another key.

    Parameters
    ----------
    name
        Which one.
    json
        For programs.
    """
    _show(ask(where.settings(), "source.enable", Named(name), SourceKey), json)


@commands.command
def remove(name: str, /, *, where: Where = HERE) -> None:
    """Forget a source, its keys and its settings; its name is free again. What it sent stays.

    Parameters
    ----------
    name
        Which one.
    """
    ask(where.settings(), "source.remove", Named(name), object)
    say(f"{name} is gone.")


@commands.command(name="test")
def send_test(name: str, /, *, json: bool = False, where: Where = HERE) -> None:
    """Send a sample of what such a sender sends on the real way, through the running server.

    Parameters
    ----------
    name
        Which one.
    json
        For programs.
    """
    sent = ask(where.settings(), "source.test", Named(name), dict[str, Any])
    if json:
        say_json(sent)
        return
    for receipt in sent["receipts"]:
        say(f"{receipt['outcome']}: room {receipt['stream'] or 'none'}")
    if sent["warning"]:
        complain(sent["warning"])


def _state(line: SourceLine) -> str:
    if line.disabled_at is not None:
        return "disabled"
    if line.silent_since is not None:
        return "silent"
    return "heard" if line.last_seen_at is not None else "new"


def _show(made: SourceKey, json: bool) -> None:
    if json:
        say_json(made)
        return
    say(f"key: {made.key}")
    for name, url in made.urls.items():
        say(f"{name}: {url}")
