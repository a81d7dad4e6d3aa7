"""Chance as an argument: named random streams from one seed, and the ids made from them.

A real install seeds from the operating system; a drill seeds from its own number, so that its ids and salts come
out the same each time. Nothing outside `base` draws random numbers of its own.
"""

import hashlib
import random
import secrets

# Crockford's base 32: no i, l, o, u, so that an id can be read aloud at 3 AM (source: crockford.com/base32).
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

SALT_BYTES = 16
SALTS_DRAWN = 256


class Chance:
    """Random bytes, ids and named streams. `seed=None` draws from the operating system and suits secrets."""

    def __init__(self, seed: int | str | None = None) -> None:
        self._seed = seed
        self._main: random.Random = random.SystemRandom() if seed is None else self.stream("main")
        self._salts: list[bytes] = []

    def stream(self, name: str) -> random.Random:
        """An independent generator; for a seeded Chance the same name gives the same numbers."""
        if self._seed is None:
            return random.SystemRandom()
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        return random.Random(int.from_bytes(digest, "big"))

    def salt(self) -> bytes:
        """16 random bytes for the digest of one event, from any thread.

        The operating system is asked for many at once: each draw gives up the interpreter's lock, and whoever writes
        while others compute waits for it at every event. Seeded, each is drawn when it is asked for.
        """
        if self._seed is not None:
            return self.bytes(SALT_BYTES)
        try:
            return self._salts.pop()
        except IndexError:
            drawn = secrets.token_bytes(SALT_BYTES * SALTS_DRAWN)
            salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
            mine = salts.pop()
            self._salts.extend(salts)
            return mine

    def bytes(self, n: int) -> bytes:
        """`n` random bytes."""
        if self._seed is None:
            return secrets.token_bytes(n)
        return self._main.randbytes(n)

    def room_id(self) -> str:
        """Eight characters in two groups, such as `k7m2-9qxd`: 40 bits, short enough to say on the phone."""
        letters = "".join(self._main.choice(ALPHABET) for _ in range(8))
        return f"{letters[:4]}-{letters[4:]}"

    def secret(self, prefix: str) -> str:
        """A bearer secret of 160 bits, such as `wr_tok_3f…`; the prefix lets secret scanners find it."""
        return f"{prefix}_{self.bytes(20).hex()}"


def short_hash(*parts: str) -> str:
    """A stable id of 20 hexadecimal digits (80 bits) from text; equal parts give equal ids."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:20]
