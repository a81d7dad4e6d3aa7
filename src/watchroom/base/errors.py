"""The one error tree: each class has a code, an HTTP status, and says whether trying again helps.

Raised anywhere, turned into a response in one place (`web/http/errors.py`) and into one line on standard error by the
shell. A refusal tells what to do instead, in its hint.
"""


class WatchroomError(Exception):
    """Something that is said to the caller: `message` what is wrong, `hint` what to do instead."""

    code = "internal"
    status = 500
    retry = False

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class Malformed(WatchroomError):
    """The request cannot be read, or breaks a stated limit."""

    code, status = "malformed", 400


class TooLarge(Malformed):
    """A body, a label or a list is over its limit."""

    code, status = "too_large", 413


class Unauthenticated(WatchroomError):
    """Nobody, or nobody known, is asking."""

    code, status = "unauthenticated", 401


class Forbidden(WatchroomError):
    """The caller is known, and the token or account does not reach this far."""

    code, status = "forbidden", 403


class NotFound(WatchroomError):
    """No such incident, drill, signal or page."""

    code, status = "not_found", 404


class Refused(WatchroomError):
    """Not allowed here, unknown inside the incident, or already done. Never raised for order."""

    code, status = "refused", 409


class UnknownThing(Refused):
    """The incident has no hypothesis, intervention, update… of that id."""

    code = "unknown_thing"


class AlreadyDone(Refused):
    """What was asked for is already so."""

    code = "already_done"


class Conflict(WatchroomError):
    """The stream has moved on past the sequence number that the caller expected."""

    code, status, retry = "conflict", 409, True


class Overloaded(WatchroomError):
    """A queue is full; the caller should come back. Never 429 to an Alertmanager, which drops on 4xx."""

    code, status, retry = "overloaded", 503, True


class TooOften(WatchroomError):
    """A stranger asks more often than a limit allows. For people alone: never said to a sender of signals."""

    code, status, retry = "too_often", 429, True


class Unavailable(WatchroomError):
    """The record cannot be written just now (disk full, database gone, shutting down)."""

    code, status, retry = "unavailable", 503, True


class OutcomeUnknown(Unavailable):
    """The database went away while it was writing and did not come back in time to say whether it had written."""

    code = "outcome_unknown"


class MisConfigured(WatchroomError):
    """A setting is unknown or has a value that cannot be used."""

    code = "misconfigured"
