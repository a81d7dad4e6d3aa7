"""Two changes that touch each other: noticed within the settling time of the first, by service or by dependency."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.rooms.stage import STARTS_AT
from watchroom.base.command import NOTHING, KnownCategory, Register
from watchroom.mitigation.intervention import Intervention
from watchroom.mitigation.overlap import named_in, overlapping


class Depends:
    """checkout depends on payments, and nothing else is known."""

    def known(self, ref: str) -> bool:
        return False

    def members(self, team: str) -> tuple[str, ...] | None:
        return None

    def teams(self) -> tuple[str, ...]:
        return ()

    def ways(self, ref: str) -> tuple[str, ...]:
        return ()

    def services(self) -> tuple[str, ...]:
        return ("checkout", "payments")

    def called(self) -> dict[str, str]:
        return {}

    def components(self) -> tuple[str, ...]:
        return ()

    def categories(self) -> Mapping[str, KnownCategory]:
        return {}

    def near(self, service: str) -> frozenset[str]:
        return frozenset({"checkout", "payments"} if service in ("checkout", "payments") else {service})


def tried(id: str, *services: str, settles_s: float | None = 300) -> Intervention:
    made = Intervention(id=id, text=id, state="started", by="ana", at=STARTS_AT, services=list(services))
    made.settles_at = STARTS_AT + timedelta(seconds=settles_s) if settles_s is not None else None
    return made


@pytest.mark.parametrize(
    ("first", "second", "register", "at_s", "touches"),
    [
        (("checkout",), ("checkout",), NOTHING, 10, True),
        (("checkout",), ("search",), NOTHING, 10, False),
        (("checkout",), ("payments",), NOTHING, 10, False),
        (("checkout",), ("payments",), Depends(), 10, True),
        (("payments",), ("checkout",), Depends(), 10, True),
        (("checkout",), ("checkout",), NOTHING, 300, False),
        ((), ("checkout",), NOTHING, 10, False),
        (("checkout",), (), NOTHING, 10, False),
    ],
)
def test_what_touches_what(
    first: tuple[str, ...], second: tuple[str, ...], register: Register, at_s: float, touches: bool
) -> None:
    at = STARTS_AT + timedelta(seconds=at_s)
    running, starting = tried("I1", *first), tried("I2", *second, settles_s=None)
    found = overlapping(starting, [running, starting], register, at)
    assert [caution.code for caution in found] == (["touches_unsettled"] if touches else [])
    assert all("I1" in caution.message and caution.hint for caution in found)


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("Restart payments", ["payments"]),
        ("Restart Payments, then checkout", ["payments", "checkout"]),
        ("Restart payments-adapter", []),
        ("Restart everything", []),
    ],
)
def test_a_text_names_services_as_whole_words(text: str, services: list[str]) -> None:
    assert named_in(text, ["checkout", "payments"]) == services
