"""Reading a picture's bytes in order: what the readers of the formats share. Pure."""

from dataclasses import dataclass


class Broken(Exception):
    """The file is not what its first bytes say, or ends in the middle."""


@dataclass(frozen=True)
class Drawn:
    """What is left of a file, and how large it is drawn, in pixels."""

    body: bytes
    width: int
    height: int


class Reader:
    """Bytes that are taken in order. Raises Broken at the end of the file."""

    def __init__(self, body: bytes, at: int = 0) -> None:
        self.body = body
        self.at = at

    @property
    def left(self) -> int:
        """How many bytes are not taken yet."""
        return len(self.body) - self.at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count > self.left:
            raise Broken("it is cut off")
        taken = self.body[self.at : self.at + count]
        self.at += count
        return taken

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]
