"""`watchroom source`: the senders of signals and their keys."""

from cyclopts import App

from watchroom.operations import NewSource, Nothing, RenewedKey, SourceKey, SourceLine
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say, say_json, say_table

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
        uptimekuma or generic (any JSON).
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
        ("NAME", "KIND", "MADE", "LAST SEEN", "KEY BEFORE WORKS UNTIL"),
        [(line.name, line.kind, line.created_at, line.last_seen_at, line.previous_key_until) for line in lines],
        "There is no source yet. Make one: watchroom source create NAME --kind alertmanager",
    )


def _show(made: SourceKey, json: bool) -> None:
    if json:
        say_json(made)
        return
    say(f"key: {made.key}")
    for name, url in made.urls.items():
        say(f"{name}: {url}")
