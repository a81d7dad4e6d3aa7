"""A place in the words of a query: what is there, what has to be there, and the refusal when it is not.

Used by the two parts of the parser. Bounds how deep a query may nest, so that no query exhausts the stack.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from watchroom.telemetry.logql.tokens import Kind, Token, syntax_error, tokens_of
from watchroom.telemetry.refusal import BadData

DEPTH_MAX = 64
"""Parentheses and functions within each other."""
_T = TypeVar("_T")


class Reader:
    """Goes through the words of one query, once."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)
        self._place = 0
        self._depth = 0
        self.operators = 0
        """Operators that have been read."""
        self.tests = 0
        """Comparisons of labels that have been read."""

    @property
    def now(self) -> Token:
        """The word that comes next."""
        return self._tokens[self._place]

    @property
    def at_end(self) -> bool:
        """Whether there is no further word."""
        return self.now.kind is Kind.END

    @property
    def after(self) -> Token:
        """The word after that."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Takes the next word, whatever it is."""
        token = self.now
        if token.kind is not Kind.END:
            self._place += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these keywords or operators."""
        return self.now.kind in (Kind.OPERATOR, Kind.IDENTIFIER) and self.now.text in texts

    def needs_end(self) -> None:
        """Raises `BadData` when there is a further word."""
        if not self.at_end:
            raise self.unexpected()

    def takes(self, text: str) -> bool:
        """Takes the next word if it is this one."""
        if self.sees(text):
            self._place += 1
            return True
        return False

    def needs(self, text: str) -> None:
        """Takes this word. Raises `BadData` when it is another."""
        if not self.takes(text):
            raise self.unexpected(text)

    def name(self) -> str:
        """Takes a label's name."""
        if self.now.kind is not Kind.IDENTIFIER:
            raise self.unexpected("IDENTIFIER")
        return self.next().text

    def string(self) -> str:
        """Takes a string."""
        if self.now.kind is not Kind.STRING:
            raise self.unexpected("STRING")
        return self.next().text

    def number(self) -> float:
        """Takes a number without a sign."""
        if self.now.kind is not Kind.NUMBER:
            raise self.unexpected("NUMBER")
        text = self.next().text
        return float(int(text, 16)) if text[:2] in ("0x", "0X") else float(text)

    def unexpected(self, expected: str = "") -> BadData:
        """The refusal of the next word."""
        expecting = f", expecting {expected}" if expected else ""
        return syntax_error(self.now, f"syntax error: unexpected {self.now.shown}{expecting}")

    def refused(self, message: str) -> BadData:
        """A refusal at the next word, for another reason."""
        return syntax_error(self.now, message)

    def invalid(self, message: str) -> BadData:
        """A refusal of what has been read and makes no sense."""
        return BadData(f"parse error : {message}")

    def checked(self, make: Callable[[], _T]) -> _T:
        """What is made, its refusal turned into one of the parser's."""
        try:
            return make()
        except BadData as error:
            if str(error).startswith("parse error"):
                raise
            raise BadData(f"parse error : {error}") from None

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level deeper. Raises `BadData` beyond the limit."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self.refused(f"a query may nest at most {DEPTH_MAX} levels deep")
        yield
        self._depth -= 1
