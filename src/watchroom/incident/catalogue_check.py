"""What is said of a service that the catalogue lacks: a slip of a letter would switch off what follows from its name,
such as the warning that two interventions touch the same service.

Called by `handle` for every command that names services. Pure.
"""

from difflib import get_close_matches

from watchroom.base.command import Caution, Command, Register
from watchroom.detection.declaration import CorrectIncident, Declare

SHOWN_MAX = 5
NEAR = 0.75
"""How alike two names must be, of 1, for one to be taken for a slip of the other (difflib's ratio)."""


def unknown_services(command: Command, register: Register) -> tuple[Caution, ...]:
    """A warning for each service that the catalogue has not, with the nearest that it has; none where it is empty."""
    known = register.services()
    named: list[str] = getattr(command, "services", None) or []
    if not known:
        return ()
    strange = [name for name in dict.fromkeys(named) if name not in known][:SHOWN_MAX]
    again = "with correct_incident" if isinstance(command, (Declare, CorrectIncident)) else "with the right name"
    return tuple(_caution(name, known, again) for name in strange)


def _caution(name: str, known: tuple[str, ...], again: str) -> Caution:
    plain = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold()[:80], plain, n=1, cutoff=NEAR)
    said = f"{name} is not in the catalogue of services."
    if near:
        return Caution("unknown_service", f"{said} Did you mean {plain[near[0]]}?", f"Say it again {again}.")
    return Caution("unknown_service", said, "Check the spelling, or add it to the catalogue.")
