"""How well the checks of an update's words do on labelled sentences: `python -m tests.communication.language.measuring`.

Prints precision and recall for each check, and every sentence that it gets wrong. `test_labelled` holds floors on the
same figures. With a file of real updates as its argument it counts flags on those too.
"""

import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from watchroom.communication.language.checks import flags
from watchroom.communication.language.flag import CODES
from watchroom.communication.language.ground import Ground

NOW = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
LABELLED = Path(__file__).with_name("labelled.txt")


class Labelled(msgspec.Struct, frozen=True):
    """One sentence with what should be found in it. Unless it stands alone, the impact was said before it."""

    line: int
    text: str
    codes: frozenset[str]
    ground: Ground
    has_next: bool
    is_alone: bool

    def found(self) -> frozenset[str]:
        """What the checks find."""
        next_at = NOW + timedelta(minutes=30) if self.has_next else None
        impact, doing = (self.text, "") if self.is_alone else ("Orders fail.", self.text)
        return frozenset(flag.code for flag in flags(impact, doing, "", next_at, self.ground))


def labelled() -> list[Labelled]:
    """The set, read from its file."""
    lines = enumerate(LABELLED.read_text(encoding="utf-8").splitlines(), 1)
    return [_read(number, line) for number, line in lines if line and not line.startswith("#")]


def _read(number: int, line: str) -> Labelled:
    codes, setting, text = (part.strip() for part in line.split("|", 2))
    wanted = frozenset() if codes == "-" else frozenset(codes.split(","))
    assert wanted <= set(CODES), f"line {number}: {codes}"
    given = dict(part.partition("=")[::2] for part in setting.split())
    told = {name: value.replace("_", " ") for name, value in given.items()}
    times = [told[name] for name in ("task",) if name in told]
    ground = Ground(
        at=NOW,
        audience=told.pop("to", "customers"),
        state=told.pop("state", None),
        status=told.pop("room", "declared"),
        cause_supported=told.pop("supported", None) is not None,
        times=tuple(NOW.replace(hour=int(time[:2]), minute=int(time[3:])) for time in times),
        said=tuple(filter(None, [told.pop("expected", "")])),
        checked=tuple(filter(None, [told.pop("found", "")])),
        services=("checkout", "payments", "search", "checkout-svc"),
        people=tuple(filter(None, [told.pop("person", "")])),
        customers=tuple(filter(None, [told.pop("sender", "")])),
    )
    has_next = told.pop("next", "yes") != "no"
    is_alone = told.pop("alone", None) is not None
    told.pop("task", None)
    assert not told, f"line {number}: {told}"
    return Labelled(number, text, wanted, ground, has_next, is_alone)


class Score(msgspec.Struct):
    """One check's hits and misses."""

    right: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """How many of those found are right, 0 to 1."""
        return self.right / (self.right + self.false) if self.right + self.false else 0.0

    @property
    def recall(self) -> float:
        """How many of those to be found are found, 0 to 1."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0


def scores(sentences: list[Labelled]) -> dict[str, Score]:
    """Each check over all sentences, those of the other checks included."""
    found: dict[str, Score] = {code: Score() for code in CODES}
    for sentence in sentences:
        said = sentence.found()
        for code, score in found.items():
            score.right += code in said and code in sentence.codes
            score.false += code in said and code not in sentence.codes
            score.missed += code not in said and code in sentence.codes
    return found


def real_updates(file: Path) -> tuple[int, Counter[str]]:
    """How many real updates there are, and how many flags of each code they get. Their room is not known: causes count
    as supported and the room as over, so that what is left are the words alone.
    """
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    ground = Ground(at=NOW, status="resolved", cause_supported=True)
    found = (flags(row["text"], "", "", NOW + timedelta(minutes=30), ground) for row in rows)
    return len(rows), Counter(code for each in found for code in {flag.code for flag in each})


def main() -> None:
    """Print the figures."""
    sentences = labelled()
    for sentence in sentences:
        wrong = sentence.found() ^ sentence.codes
        if wrong:
            print(f"line {sentence.line}: {', '.join(sorted(wrong))}: {sentence.text}", file=sys.stderr)
    print(f"{len(sentences)} labelled sentences")
    for code, score in scores(sentences).items():
        figures = f"{score.precision:6.2f} {score.recall:6.2f}   {score.right:3} right {score.false:3} false {score.missed:3} missed"
        print(f"{code:18} {figures}")
    for file in sys.argv[1:]:
        count, found = real_updates(Path(file))
        print(f"{count} real updates; of these with a flag: {dict(found.most_common())}")


if __name__ == "__main__":
    main()
