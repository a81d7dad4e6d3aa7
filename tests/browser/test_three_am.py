"""The 3 AM test in Chromium: somebody clicks only what guidance marks as a next step, from a ringing alert to the end.

Three nights (`tests/night/world`), by mouse, by keyboard alone, and by thumb at 390 pixels: the ordinary run has each
night and each hand once, `make soak` each night by each hand. Fields are filled from what they ask for and from what
the screen suggests. Nothing else on the page is touched: no menu, no sheet, no command bar. In the end the incident is
closed with a decision about its review, and none of the six gaps has occurred.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.chromium import NARROW, WIDE, Browser
from tests.browser.patience import until
from tests.http.server import Server
from tests.night.world import A_TURN_S, JUNIOR, LOOKS_AGAIN_S, NIGHTS, PEOPLE, STARTS_AT, Night, World, server_at
from tests.peers import require_peer
from watchroom.base.clock import DrillClock
from watchroom.incident.guidance import asking
from watchroom.incident.guidance.asking import every_question, standpoint, waiting

pytestmark = pytest.mark.peer("chromium", "chromedriver")

STEPS_MAX = 140
QUIET_MAX = 4
"""After so many looks at which nothing was asked, in a closed room, it is over."""
WAITS_S_MAX = 1_800.0
LEAPT_S_MAX = 60.0
ASKS = """
const shown = (e) => e.checkVisibility();
return [...document.querySelectorAll(".ask")].filter(shown).map((ask) => ({
  id: ask.id, question: ask.querySelector("p")?.innerText.trim() ?? "", why: ask.querySelector("span")?.innerText.trim() ?? "",
  action: ask.querySelector("[data-step]")?.innerText.trim() ?? "", key: ask.dataset.key,
}));
"""
FIELDS = """
const form = document.getElementById(arguments[0]).querySelector("details.step form");
const all = [...form.elements].filter((e) => e.name && e.type !== "hidden" && e.checkVisibility());
const names = [...new Set(all.map((e) => e.name))];
return names.map((name) => {
  const own = all.filter((e) => e.name === name), first = own[0];
  const radio = first.type === "radio";
  const chips = first.closest("label")?.nextElementSibling;
  return {
    name, radio, required: first.required, choices: radio ? own.map((e) => e.value) : [],
    value: radio ? (own.find((e) => e.checked)?.value ?? "") : first.value,
    suggested: chips?.matches?.(".chips") ?? false, person: first.getAttribute("list") === "people",
  };
});
"""
GIVEN = """
const form = document.getElementById(arguments[0]).querySelector("details.step form");
return Object.fromEntries(new FormData(form));
"""


@dataclass
class Door:
    """What a browser signs in by."""

    server: Server

    @property
    def url(self) -> str:
        return self.server.url

    def sign_in_link(self, email: str) -> str:
        """A fresh one-time link for this person, who is no administrator."""
        credentials = self.server.house.credentials
        made = credentials.add_user(email, PEOPLE[email], admin=False, actor="system:test", via="test")
        self.server.do(made)
        return self.url + self.server.do(credentials.sign_in_link(email))


class Hand:
    """Somebody at the screen: reads the first question, takes its step, fills what it asks for."""

    def __init__(self, page: Browser, world: World) -> None:
        self.page = page
        self.world = world

    def asks(self) -> list[dict[str, str]]:
        """What is asked on the page, each sound."""
        found: list[dict[str, str]] = self.page.script(ASKS)
        assert len(found) <= asking.SHOWN_MAX, found
        for ask in found:
            assert ask["question"].endswith("?"), f"no question: {ask}"
            assert len(ask["why"].split()) >= 4, f"says not why: {ask}"
            assert ask["action"], f"no words on its button: {ask}"
        return found

    def take(self, ask: dict[str, str]) -> None:
        """Take the step of a question."""
        # Looked at before: a step that is done by its click may be followed by another question of the same thing.
        asks_more = bool(self.page.driver.find_elements(By.CSS_SELECTOR, f"#{ask['id']} details.step"))
        self.begin(ask)
        if not asks_more:
            return
        until(lambda: self.page.find(f"#{ask['id']} details.step form").is_displayed(), f"the form of {ask}")
        for field in self.page.script(FIELDS, ask["id"]):
            if field["required"] and not field["value"]:
                self.fill(ask["id"], field)
        self.send(ask["id"])

    def fill(self, id: str, field: dict[str, Any]) -> None:
        """Fill one field from what it offers, what the screen suggests, or what is seen."""
        given = self.page.script(GIVEN, id)
        name, form = field["name"], f"#{id} details.step form"
        if field["radio"]:
            command = self.page.find(f"{form} [name=command]").get_attribute("value") or ""
            choice = self.world.choice(command, name, field["choices"], given) or field["choices"][0]
            self.choose(f"{form} input[name={name}][value={choice}]")
        elif field["suggested"]:
            self.press(lambda: self.suggestion(f"{form} [name={name}]"), f"a suggestion for {name}")
        else:
            self.write(f"{form} [name={name}]", self.someone() if field["person"] else self.world.words())

    def suggestion(self, css: str) -> WebElement:
        """The first that is suggested for a field."""
        found: WebElement = self.page.script(
            "return document.querySelector(arguments[0]).closest('label').nextElementSibling.querySelector('button')",
            css,
        )
        return found

    def someone(self) -> str:
        """Somebody of those whom the page suggests."""
        known = self.page.script("return [...document.querySelectorAll('#people option')].map((e) => e.value)")
        person = self.world.person()
        assert person in known
        return person

    # By mouse or thumb

    def begin(self, ask: dict[str, str]) -> None:
        self.press(lambda: self.page.find(f"#{ask['id']} [data-step]"), ask["action"])

    def press(self, find: Any, what: str) -> None:
        self.page.act(find, self.page.hit, f"click {what}")

    def choose(self, css: str) -> None:
        self.press(lambda: self.page.find(css).find_element(By.XPATH, ".."), css)

    def write(self, css: str, text: str) -> None:
        self.page.act(lambda: self.page.find(css), lambda field: field.send_keys(text), f"write {text!r}")

    def send(self, id: str) -> None:
        self.press(lambda: self.page.find(f"#{id} details.step [data-send]"), "what sends it")


class Keyboard(Hand):
    """The same with ten fingers and no mouse: a digit takes the step, Tab leads on."""

    def begin(self, ask: dict[str, str]) -> None:
        self.page.script("document.activeElement.blur()")
        self.page.keys(ask["key"])

    def press(self, find: Any, what: str) -> None:
        self.page.tab_to(find, what)
        self.page.keys(Keys.ENTER)

    def choose(self, css: str) -> None:
        # Tab reaches a group of choices once; the arrows go through it, and choose as they go.
        self.page.script("document.querySelector(arguments[0]).focus()", css)
        self.page.keys(Keys.SPACE)

    def write(self, css: str, text: str) -> None:
        self.page.tab_to(lambda: self.page.find(css), css)
        self.page.keys(text)


def night_through(hand: Hand) -> None:
    """From the inbox to the closed room."""
    page, world = hand.page, hand.world
    page.go("/signals")
    (first, *_) = hand.asks()
    hand.begin(first)
    page.at(f"/incidents/{world.room}")
    quiet, leapt = 0, 0.0
    for _ in range(STEPS_MAX):
        if leapt > LEAPT_S_MAX:
            # The night's clock leaps, and a page learns the time only when it is loaded.
            page.go(f"/incidents/{world.room}")
            leapt = 0.0
        asks = hand.asks()
        if asks:
            quiet, before = 0, world.incident().seq
            world.turns.append(f"{_now_s(world):6.0f} s jo: {asks[0]['question']} [{asks[0]['action']}]")
            hand.take(asks[0])
            until(partial(_moved, world, before), f"{asks[0]} to be done", otherwise=partial(page.text, "#notices"))
            world.pass_s(A_TURN_S)
            leapt += A_TURN_S
            until(lambda: page.entries()[-1:] == [world.incident().seq], "the page to be as the room is")
            continue
        quiet += 1
        if quiet > QUIET_MAX and world.incident().status == "closed":
            return
        world.pass_s(_until_asked_s(world))
        leapt = LEAPT_S_MAX + 1
    raise AssertionError("It came to no end:\n" + "\n".join(world.turns[-40:]))


def _moved(world: World, seq: int) -> bool:
    """Whether anything was written since."""
    return world.incident().seq > seq


def _now_s(world: World) -> float:
    return (world.clock.now() - STARTS_AT).total_seconds()


def _until_asked_s(world: World) -> float:
    """Until something is asked, or for a minute where nothing will be by itself."""
    incident = world.incident()
    later = [q.from_at for q in waiting(incident, standpoint(incident, JUNIOR), every_question(incident)) if q.from_at]
    ahead = [(at - world.clock.now() + timedelta(seconds=1)).total_seconds() for at in later]
    return min((each for each in ahead if 0 < each < WAITS_S_MAX), default=LOOKS_AGAIN_S)


def gaps_of(world: World) -> dict[str, bool | None]:
    """The six gaps of the night."""
    with world.server.client(world.server.token("read", person=JUNIOR)) as api:
        return {gap["gap"]: gap["found"] for gap in api.get(f"/api/v1/incidents/{world.room}/gaps").json()["items"]}


@pytest.fixture
def screen(shots: Path, tmp_path: Path) -> Iterator[Browser]:
    """A browser of the junior's own."""
    require_peer("chromium")
    require_peer("chromedriver")
    with Browser(tmp_path / "profile", shots) as page:
        page.scheme("light")
        yield page


def through(night: Night, hand: type[Hand], screen: Browser, folder: Path, name: str) -> None:
    """One whole night by one hand, and what is to be true of it."""
    clock = DrillClock(STARTS_AT)
    with server_at(folder / "install", clock) as server, World(night, server, clock) as world:
        screen.sign_in(Door(server), JUNIOR)
        night_through(hand(screen, world))
        story = "\n".join(world.turns)
        incident = world.incident()
        assert incident.status == "closed", story
        assert incident.review.need is not None
        assert set(gaps_of(world).values()) == {False}, f"{gaps_of(world)}\n{story}"
        assert screen.wrong() == []
        screen.shoot(f"three-am-{name}")
        assert screen.overflow() == []


def nights(by_day: int) -> pytest.MarkDecorator:
    """Every night, of which the ordinary run has one: each in another hand. `make soak` has all nine."""
    return pytest.mark.parametrize(
        "night",
        [
            pytest.param(night, id=night.name, marks=[] if number == by_day else pytest.mark.soak)
            for number, night in enumerate(NIGHTS)
        ],
    )


@nights(by_day=1)
def test_the_night_by_mouse(night: Night, screen: Browser, tmp_path: Path) -> None:
    screen.width(WIDE)
    through(night, Hand, screen, tmp_path, f"mouse-{NIGHTS.index(night)}")


@nights(by_day=2)
def test_the_night_by_keyboard_alone(night: Night, screen: Browser, tmp_path: Path) -> None:
    screen.width(WIDE)
    through(night, Keyboard, screen, tmp_path, f"keyboard-{NIGHTS.index(night)}")


@nights(by_day=0)
def test_the_night_on_a_telephone(night: Night, screen: Browser, tmp_path: Path) -> None:
    screen.width(NARROW, 844)
    through(night, Hand, screen, tmp_path, f"telephone-{NIGHTS.index(night)}")


@pytest.mark.parametrize(
    ("field", "says"), [("why", "says not why"), ("text", "no question"), ("action", "no words on its button")]
)
def test_an_empty_text_on_the_screen_is_found(
    field: str, says: str, monkeypatch: pytest.MonkeyPatch, screen: Browser, tmp_path: Path
) -> None:
    real = asking.every_question
    blank: Any = {field: ""}
    monkeypatch.setattr(
        asking, "every_question", lambda incident: [msgspec.structs.replace(q, **blank) for q in real(incident)]
    )
    with pytest.raises(AssertionError, match=says):
        through(NIGHTS[0], Hand, screen, tmp_path, "blank")
