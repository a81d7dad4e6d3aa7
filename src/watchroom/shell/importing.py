"""`watchroom import`: an exported record is taken in, by the running server or, while none runs, here."""

from pathlib import Path

from watchroom.incident.importing import Imported
from watchroom.operations.whole_record import ExportedFile
from watchroom.record.export import NotWhole
from watchroom.shell.proof import digest_in, verify_file
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say, say_json

ANSWER_S = 3_600.0
"""How long a server may take over a very long record."""


def import_(file: Path, /, *, key: str | None = None, json: bool = False, where: Where = HERE) -> None:
    """Take in an incident's record that another install has exported as JSON Lines: all of it, or nothing.

    Exit status 1 and one line when its head is missing, foreign or not signed by its key, or when an event is missing,
    changed, doubled, out of place or cut off. It is shown and listed as imported, stays as it came, and opens no door:
    no live signal goes there.

    Parameters
    ----------
    file
        The exported file.
    key
        The public key that must have signed it (`watchroom record key` of the install that it is from).
    json
        For programs.
    """
    signer = None if key is None else digest_in(key, "key").hex()
    verdict = verify_file(file, None, signer)
    if not verdict.whole:
        # Before anything is asked for: a new data folder is not begun for a file that cannot be taken in.
        raise NotWhole(verdict.says, hint="Nothing was taken in. Export it again from the install that has it.")
    params = ExportedFile(str(file.absolute()), signer)
    done = ask(where.settings(), "record.import", params, Imported, answer_s=ANSWER_S)
    if json:
        say_json(done)
    elif not done.added:
        say(f"{done.stream} is here already, with {done.seq} events: nothing was done.")
    else:
        say(f"{done.stream} is imported: {done.added} events, up to {done.seq}; signed by {done.key}.")
