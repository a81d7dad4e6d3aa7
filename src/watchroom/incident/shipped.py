"""The profiles that are shipped: two traditions in three sizes, as data in `watchroom/profiles`.

Read once, when it is first asked. Called by the book of profiles, and by every room that was declared before there were
any. Never changes one.
"""

from functools import lru_cache
from importlib.resources import files

from watchroom.base.errors import MisConfigured
from watchroom.base.shape import nearest
from watchroom.incident import profile_file
from watchroom.incident.profile import Profile

NAMES = ("sre-3", "sre-15", "sre-50", "itil-3", "itil-15", "itil-50")
DEFAULT_NAME = "sre-15"
"""What a room goes by that was declared before profiles were written into rooms."""


@lru_cache(maxsize=len(NAMES))
def shipped(name: str) -> Profile:
    """The shipped profile of that name. Raises MisConfigured, naming the others."""
    if name not in NAMES:
        near = nearest(name, list(NAMES))
        raise MisConfigured(f"There is no shipped profile {name[:60]!r}.", hint=f"{near}There are: {', '.join(NAMES)}.")
    return profile_file.read(text(name), f"{name}.toml")


def text(name: str) -> str:
    """The shipped file of that name, as it can be copied and changed."""
    return (files("watchroom") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")


def default() -> Profile:
    """What a room goes by that holds none."""
    return shipped(DEFAULT_NAME)
