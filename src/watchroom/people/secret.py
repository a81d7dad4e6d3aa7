"""Secrets: what of a token, key, link or session is kept, and which names its owner may give it.

A secret has 160 random bits (`base.rng`), so that one plain SHA-256 of it cannot be turned back; a slow hash would
only slow down each request. Called by everything that keeps a credential.
"""

import hashlib
import re
from datetime import datetime

from watchroom.base.errors import Malformed

SECRET_CHARS_MAX = 200
USE_GRAIN_S = 300
"""How coarsely the last use of a credential is kept: enough to find a forgotten one, and no log of anybody's day."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def fingerprint(secret: str) -> str:
    """What is kept of the secret: its SHA-256 as hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def checked_name(name: str, what: str) -> str:
    """The name of a token or a source. Raises Malformed when it could not stand in a URL, an actor or a file name."""
    if not _NAME.fullmatch(name):
        raise Malformed(
            f"{name[:80]!r} cannot be the name of a {what}.",
            hint="Use up to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
        )
    return name


def coarse(at: datetime) -> datetime:
    """`at`, rounded down to whole steps of `USE_GRAIN_S` within its day."""
    second_of_day = at.hour * 3600 + at.minute * 60 + at.second
    begun = second_of_day - second_of_day % USE_GRAIN_S
    return at.replace(hour=begun // 3600, minute=begun // 60 % 60, second=begun % 60, microsecond=0)
