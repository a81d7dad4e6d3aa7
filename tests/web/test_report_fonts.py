"""What is said of letters that no font has: by script, with the package to install, in the PDF and beside it."""

import json
import sys
from collections.abc import Callable
from subprocess import run

import pytest

from watchroom.web.exports.fonts import CJK, EMOJI, LACKS, Script, lacking, said
from watchroom.web.exports.pdf import first_without_a_shape

REPORT = {"id": "k7m2-9qxd", "banner": "", "facts": [], "tables": [], "timeline": [], "proof": []}
NOWHERE = json.dumps(["Libertinus Serif"])


def without(*missing: str) -> Callable[[str], str | None]:
    """A machine whose fonts lack these letters; it names them one at a time, as typst does."""
    return lambda letters: next((letter for letter in letters if letter in missing), None)


@pytest.mark.parametrize(
    ("text", "missing", "scripts"),
    [
        ("plain and Grüße", "", []),
        ("支払い失敗 카드", "支払い失敗카드", [CJK]),
        ("支払い but the kana are there", "支払", [CJK]),
        ("fire 🔥, ✅", "🔥✅", [EMOJI]),
        ("الدفع", "الدفع", [Script("Arabic", "fonts-noto-core")]),
        (
            "ภาษา नमस्ते 支",
            "ภาษนमसत支",
            [CJK, Script("Devanagari", "fonts-noto-core"), Script("Thai", "fonts-noto-core")],
        ),
    ],
)
def test_each_script_that_lacks_a_letter_is_named_once(text: str, missing: str, scripts: list[Script]) -> None:
    assert lacking(text, without(*missing)) == scripts


def test_marks_and_controls_need_no_font_of_their_own() -> None:
    assert lacking("e\u0301 \u200d \ufe0f \n", lambda letters: pytest.fail(f"asked for {letters!r}")) == []


def test_it_ends_even_when_every_letter_of_every_script_is_missing() -> None:
    everything = "".join(map(chr, range(0xA0, 0x3000)))
    assert lacking(everything, lambda letters: letters[0])


def test_what_to_install_is_said_once() -> None:
    says = said([CJK, EMOJI])
    assert "Chinese, Japanese and Korean; emoji and symbols" in says
    assert "apt-get install fonts-noto-cjk fonts-noto-color-emoji" in says
    assert said([]) == ""


def test_typst_tells_a_letter_that_no_font_has_from_one_that_has_a_shape() -> None:
    """The last private-use plane is in nobody's font; Latin and Greek come with typst."""
    assert first_without_a_shape("éßλ", NOWHERE) is None
    assert first_without_a_shape("é\U0010fffd", NOWHERE) == "\U0010fffd"


def test_the_last_page_and_standard_error_say_it() -> None:
    """Egyptian hieroglyphs are in no font of an ordinary machine; if this one has them, both say nothing."""
    report = json.dumps(REPORT | {"title": "\U00013000 fell over"}).encode()
    plain = json.dumps(REPORT | {"title": "It fell over"}).encode()
    command = [sys.executable, "-m", "watchroom.web.exports.pdf"]
    made, fine = (run(command, input=body, capture_output=True, check=True) for body in (report, plain))
    assert fine.stderr == b""
    line = made.stderr.decode()
    if not line:
        pytest.skip("this machine has a font for hieroglyphs")
    assert line.startswith(f"{LACKS}The machine that made this PDF has no font for: Egyptian.")
    assert len(made.stdout) > len(fine.stdout)
