"""Turns: how often something may be done in a minute, for what strangers can reach.

Called by the report form and the sign-in page. In memory, for this process; gone at a restart, which is no loss.
"""

import ipaddress
from collections.abc import Collection

from watchroom.base.clock import Clock
from watchroom.base.errors import TooOften

KEYS_MAX = 10_000
TYPED_CHARS_MAX = 254
MINUTE_S = 60.0
NETWORK_BITS = 64
"""Of an IPv6 address: one host has all the rest to itself (source: RFC 4291, 2.5.1)."""


class Turns:
    """So many a minute for each key, spread as they come: a turn that was used comes back little by little."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> bool:
        """Use up a turn; False when there is none just now."""
        now_s = self._clock.monotonic_s()
        left, at_s = self._left.pop(key, (float(self._per_minute), now_s))
        left = min(self._per_minute, left + (now_s - at_s) * self._per_minute / MINUTE_S)
        taken = left >= 1
        self._left[key] = (left - 1 if taken else left, now_s)
        if len(self._left) > KEYS_MAX:
            self._left.pop(next(iter(self._left)))
        return taken


class DoorTurns:
    """Tries to sign in: from one address, as one person, and with a password for one e-mail."""

    def __init__(self, by_address: Turns, by_person: Turns, by_try: Turns, elsewhere: Turns) -> None:
        """`by_try`: with a password for one e-mail from one address; `elsewhere`: from all where the person is new."""
        self._by_address = by_address
        self._by_person = by_person
        self._by_try = by_try
        self._elsewhere = elsewhere

    def come_from(self, address: str) -> None:
        """Somebody at this address shows a link. Raises TooOften; nothing is looked up then."""
        if not self._by_address.take(network_of(address)):
            raise _too_often("There were very many tries to sign in from your network just now.")

    def come_as(self, email: str) -> None:
        """A good link would sign this person in. Raises TooOften; the link stays good."""
        if not self._by_person.take(email):
            raise _too_often("You signed in very many times just now.")

    def try_password(self, typed: str, address: str, known_from: Collection[str]) -> None:
        """Somebody tries a password for what they typed as an e-mail, whosever it is. Raises TooOften.

        `known_from` are addresses where that person is signed in: who guesses elsewhere does not shut them out there.
        """
        network, email = network_of(address), typed.strip().lower()[:TYPED_CHARS_MAX]
        again = "Wait a minute and try again, or come in by a link."
        if not self._by_try.take(f"{network} {email}"):
            raise TooOften("There were very many tries with this e-mail just now.", hint=again)
        if network not in map(network_of, known_from) and not self._elsewhere.take(email):
            raise TooOften("There were very many tries with this e-mail just now.", hint=again)

    def ask_for_mail(self, typed: str) -> bool:
        """Whether another mail may go to this e-mail in this minute; nobody is told."""
        return self._by_person.take(f"mail {typed.strip().lower()[:TYPED_CHARS_MAX]}")


def _too_often(says: str) -> TooOften:
    return TooOften(says, hint="Wait a minute and try again: the link stays good.")


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the network; IPv4 written as IPv6 is IPv4; anything else is as it is."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, NETWORK_BITS), strict=False))
