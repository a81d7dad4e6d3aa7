"""The real Chromium as a person uses it: a page is read by what stands on it, and worked by clicking and typing.

`Browser` is one Chromium with a profile of its own, driven by Debian's chromedriver. Elements are found by what a
person sees (the words on a button, the label of a field) inside panels that carry a name; whatever comes in live may
replace them at any moment, so every act looks again until it could be done.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, NoSuchElementException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser import axe
from tests.browser.patience import until
from tests.peers import require_peer

# Without a display, and inside a sandbox that forbids Chromium its own; nothing that calls home.
FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--window-size=1440,1000",
)  # fmt: skip
WIDE, NARROW = 1440, 390

# Runs before any script of a page: what went wrong on it, kept for the test.
WATCH = """
window.wrong = [];
addEventListener("securitypolicyviolation", (e) => wrong.push(`policy: ${e.violatedDirective} ${e.blockedURI}`));
addEventListener("error", (e) => wrong.push(`error: ${e.message ?? e.target?.src}`), true);
addEventListener("unhandledrejection", (e) => wrong.push(`rejection: ${e.reason}`));
"""
# A page as a fresh one would show it: without what only the clock or the viewer's own hand has changed.
SETTLED = """
const root = document.querySelector(arguments[0]).cloneNode(true);
for (const time of root.querySelectorAll("time")) { time.textContent = ""; time.removeAttribute("title"); }
for (const lit of root.querySelectorAll(".lit")) for (const name of ["x", "width", "class"]) lit.removeAttribute(name);
for (const input of root.querySelectorAll("[name=csrf]")) input.removeAttribute("value");
for (const any of [root, ...root.querySelectorAll("*")]) {
  for (const name of ["data-local", "data-dirty", "open", "style"]) any.removeAttribute(name);
  for (const name of ["late", "soon", "lit-up"]) any.classList.remove(name);
  if (!any.classList.length) any.removeAttribute("class");
}
return root.outerHTML;
"""
TABBABLE = """
const shown = (e) => e.checkVisibility({ visibilityProperty: true });
const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && shown(e));
return all.indexOf(arguments[0]) - all.indexOf(document.activeElement);
"""


class Door(Protocol):
    """What a browser signs in by."""

    @property
    def url(self) -> str:
        """Where the install is served."""

    def sign_in_link(self, email: str) -> str:
        """A fresh one-time link for this person."""


class Browser:
    """One Chromium, signed in as one person."""

    def __init__(self, profile: Path, shots: Path) -> None:
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.binary_location = str(require_peer("chromium"))
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(str(require_peer("chromedriver"))))
        self.driver.set_script_timeout(120)
        self.base = ""
        self._shots = shots
        self.prepare_tab()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.quit()

    # The window

    def prepare_tab(self) -> None:
        """Watch the current tab for what goes wrong on its pages. Holds for one tab."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    def width(self, px: int, height: int = 1000) -> None:
        """A window this wide; a narrow one is a telephone."""
        size = {"width": px, "height": height, "deviceScaleFactor": 1, "mobile": px < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def scheme(self, scheme: str) -> None:
        """`light` or `dark`, without movement either way."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def shoot(self, name: str) -> None:
        """A picture of the window as it is, in light and in dark."""
        for scheme in ("dark", "light"):
            self.scheme(scheme)
            self.driver.save_screenshot(str(self._shots / f"{name}-{scheme}.png"))

    def offline(self, cut: bool) -> None:
        """Cut the network of this tab, or give it back."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        conditions = {"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """The window put away, so that its page knows that nobody sees it."""
        window = self.driver.execute_cdp_cmd("Browser.getWindowForTarget", {})["windowId"]

        def put(state: str, visibility: str) -> None:
            bounds = {"windowId": window, "bounds": {"windowState": state}}
            self.driver.execute_cdp_cmd("Browser.setWindowBounds", bounds)
            until(lambda: self.script("return document.visibilityState") == visibility, f"the page to be {visibility}")

        put("minimized", "hidden")
        try:
            yield
        finally:
            put("normal", "visible")

    @contextmanager
    def tabs(self, count: int) -> Iterator[list[str]]:
        """This many further tabs, closed in the end; the first of all is in front again."""
        home = self.driver.current_window_handle
        opened = []
        try:
            for _ in range(count):
                self.driver.switch_to.new_window("tab")
                self.prepare_tab()
                opened.append(self.driver.current_window_handle)
            yield opened
        finally:
            for handle in opened:
                self.driver.switch_to.window(handle)
                self.driver.close()
            self.driver.switch_to.window(home)

    # The page

    def go(self, path: str) -> None:
        """Load a page of the install."""
        self.driver.get(self.base + path)

    def at(self, path: str) -> None:
        """Wait until the page is the one at this path."""
        until(lambda: self.path == path, f"to be at {path}", otherwise=lambda: self.path)

    @property
    def path(self) -> str:
        """Where the page is."""
        return self.driver.current_url.removeprefix(self.base)

    def sign_in(self, install: Door, email: str) -> None:
        """Come in by a one-time link, as a person does."""
        self.base = install.url
        self.driver.delete_all_cookies()
        self.driver.get(install.sign_in_link(email))
        # The first who comes into an empty install is led to its set-up.
        first = not self.driver.find_elements(By.XPATH, "//button[normalize-space()='Sign in on this browser']")
        self.click("Begin" if first else "Sign in on this browser")
        until(lambda: self.path in ("/", "/setup"), "to be in", otherwise=lambda: self.path)
        if self.path == "/setup":
            self.driver.get(self.base + "/")
        self.at("/")

    def script(self, script: str, *arguments: object) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def find(self, css: str) -> WebElement:
        """The one element of this selector."""
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def text(self, css: str) -> str:
        """What can be read inside the element."""
        return " ".join(str(self.script("return document.querySelector(arguments[0])?.innerText ?? ''", css)).split())

    def reads(self, css: str, *words: str) -> None:
        """Wait until all these words can be read inside the element."""
        until(
            lambda: all(word.casefold() in self.text(css).casefold() for word in words),
            f"{words} in {css} of {self.path}",
            otherwise=lambda: self.text(css) or f"nothing; the page reads: {self.text('body')[:600]}",
        )

    def lacks(self, css: str, word: str) -> None:
        """Wait until this word can no longer be read inside the element."""
        until(lambda: word.casefold() not in self.text(css).casefold(), f"no {word!r} in {css}")

    def within(self, css: str, xpath: str) -> WebElement:
        """The first element that can be seen, by an XPath inside `css`. Raises when there is none yet."""
        for root in self.driver.find_elements(By.CSS_SELECTOR, css):
            for element in root.find_elements(By.XPATH, xpath):
                if element.is_displayed():
                    return element
        raise NoSuchElementException(f"nothing to be seen in {css} is {xpath}")

    def button(self, words: str, within: str = "body") -> WebElement:
        """A button, link or summary that reads or is called `words`."""
        kinds = "self::button or self::a or self::summary or self::label"
        called = f"normalize-space()={_quoted(words)} or @aria-label={_quoted(words)}"
        return self.within(within, f".//*[({kinds}) and ({called})]")

    def field(self, label: str, within: str = "body") -> WebElement:
        """The field whose label begins with these words."""
        begins = f"starts-with(normalize-space(), {_quoted(label)})"
        named = f"starts-with(@aria-label, {_quoted(label)})"
        inputs = "(self::input or self::textarea or self::select)"
        return self.within(within, f".//label[{begins}]//*[{inputs}] | .//*[{inputs} and {named}]")

    # By hand

    def act(self, find: Callable[[], WebElement], do: Callable[[WebElement], object], what: str) -> None:
        """Find it and do it; look again when the page changed in between."""

        def try_it() -> bool:
            do(find())
            return True

        until(try_it, f"{what} on {self.path}", otherwise=lambda: self.text("body")[:1500])

    def click(self, words: str, within: str = "body") -> None:
        """Click what reads or is called `words`."""
        self.act(lambda: self.button(words, within), self.hit, f"click {words!r} in {within}")

    def hit(self, element: WebElement) -> None:
        """Click it; what stands behind a bar that stays in place is scrolled out from there first."""
        try:
            element.click()
        except ElementClickInterceptedException:
            self.script("arguments[0].scrollIntoView({block: 'center'})", element)
            raise

    def write(self, label: str, text: str, within: str = "body") -> None:
        """Type into a field, after what it had is gone."""

        def type_it(field: WebElement) -> None:
            field.clear()
            field.send_keys(text)

        self.act(lambda: self.field(label, within), type_it, f"type into {label!r} in {within}")

    def say(self, line: str) -> None:
        """Say something, or give a command, in the room's command bar."""
        self.act(lambda: self.find("#line"), lambda field: field.send_keys(line, Keys.ENTER), f"say {line!r}")

    def open_seat(self, role: str) -> None:
        """Open what can be done about a role, once what was done there before has shut it."""
        until(lambda: self.find(f"#role-{role}:not([open])"), f"the seat of {role} to be shut")
        self.act(lambda: self.find(f"#role-{role} > summary"), self.hit, f"open the seat of {role}")

    # By keyboard

    @property
    def focused(self) -> WebElement:
        """What has the keyboard."""
        return self.driver.switch_to.active_element

    def keys(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        webdriver.ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def tab_to(self, find: Callable[[], WebElement], what: str) -> None:
        """Move the focus there with Tab and Shift+Tab, as far as it takes, and see that it came there."""

        def reach() -> bool:
            target = find()
            if self.focused == target:
                return True
            steps = int(self.script(TABBABLE, target))
            presses = webdriver.ActionChains(self.driver, duration=0)
            if steps < 0:
                presses.key_down(Keys.SHIFT)
            presses.send_keys(*[Keys.TAB] * abs(steps))
            if steps < 0:
                presses.key_up(Keys.SHIFT)
            presses.perform()
            return bool(self.focused == target)

        until(
            reach, f"to reach {what} by Tab on {self.path}", otherwise=lambda: self.focused.get_attribute("outerHTML")
        )

    def press(self, words: str, within: str = "body") -> None:
        """Reach what reads or is called `words` by Tab, and press Enter."""
        self.tab_to(lambda: self.button(words, within), repr(words))
        self.keys(Keys.ENTER)

    def type(self, label: str, text: str, within: str = "body") -> None:
        """Reach a field by Tab and type."""
        self.tab_to(lambda: self.field(label, within), repr(label))
        self.keys(text)

    # What is asked of every page

    def settled(self, css: str) -> str:
        """The element's HTML without what the clock and the viewer change."""
        return str(self.script(SETTLED, css))

    def entries(self) -> list[int]:
        """The numbers of the timeline's entries, in the order in which they stand."""
        ids = self.script("return [...document.querySelectorAll('#timeline > article')].map((e) => e.id)")
        return [int(id.removeprefix("e-")) for id in ids]

    def until_entries(self, seqs: list[int]) -> None:
        """Wait until the timeline holds just these entries, in this order."""
        until(lambda: self.entries() == seqs, f"entries {seqs} in {self.path}", otherwise=self.entries)

    def _console(self) -> list[dict[str, Any]]:
        read: Any = self.driver.get_log
        return list(read("browser"))

    def wrong(self) -> list[str]:
        """What went wrong on the page, by its own account and by the console's, since it was asked last."""
        console = [f"{line['level']}: {line['message']}" for line in self._console()]
        return list(self.script("const all = window.wrong ?? []; window.wrong = []; return all")) + console

    def faults(self, *rules: str, within: str = "") -> list[str]:
        """What axe finds, by these rules or by all, on the page as it is or in one part of it."""
        return axe.faults(self.driver, rules, within)

    def every_look(self, shots: str = "") -> list[str]:
        """What is amiss with the page wide and narrow, light and dark: what axe finds (see `axe`), and what is too wide.

        With `shots`, a picture of each look is taken under this name. The window is wide and light again in the end.
        """
        found: list[str] = []
        looks: tuple[tuple[int, str, axe.Look], ...] = (
            (WIDE, "light", "first"),
            (NARROW, "dark", "whole"),
            (NARROW, "light", "colours"),
            (WIDE, "dark", "colours"),
        )
        for px, scheme, look in looks:
            self.width(px)
            self.scheme(scheme)
            amiss = axe.faults_of_the_new(self.driver, look)
            amiss += self.overflow() if scheme == "light" else []
            found += [f"{px} {scheme}: {fault}" for fault in amiss]
            if shots:
                self.driver.save_screenshot(str(self._shots / f"{shots}-{px}-{scheme}.png"))
        self.width(WIDE)
        self.scheme("light")
        return found

    def overflow(self) -> list[str]:
        """What makes the page scroll sideways; nothing when it does not."""
        return list(
            self.script("""
                const wide = document.documentElement.clientWidth;
                if (document.scrollingElement.scrollWidth <= wide) return [];
                return [...document.querySelectorAll("body *")]
                  .filter((e) => e.getBoundingClientRect().right > wide + 1)
                  .map((e) => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)}`).slice(0, 5);
            """)
        )


def _quoted(words: str) -> str:
    return f'"{words}"' if '"' not in words else f"'{words}'"
