"""Signed heads: the install says "this stream ends at event N with this digest", and signs it with its own Ed25519 key.

A chain alone does not notice that its end was cut off; a signed head that somebody else keeps does. The key is made at
first need and kept in a file for its owner alone (PKCS #8 in PEM, as `openssl pkey` reads it), or, where several
processes share a database, in an erasable row that a claim makes the only one. Called by exports and by whoever
verifies one. Never logs or shows the private part.
"""

import errno
import os
import re
import tempfile
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from watchroom.base.errors import Conflict, MisConfigured
from watchroom.record.event import Claim
from watchroom.record.log import Head, Log

FORMAT = "watchroom-record-1"
ROWS = "signing_key"
SCOPE = "signing_key"
CURRENT = "current"
_DIGITS = re.compile(r"[0-9a-f]+")


class SignedHead(msgspec.Struct, frozen=True):
    """Where a stream ends, and who says so. Digest, key and signature are hexadecimal digits, in lower case."""

    format: str
    stream: str
    seq: int
    digest: str
    key: str
    signature: str

    def line(self) -> bytes:
        """The head as the first line of an export."""
        return msgspec.json.encode(self)

    def is_genuine(self) -> bool:
        """Whether the signature is that of the key over what the head says, all spelled in the one right way."""
        spelled = zip((self.digest, self.key, self.signature), (64, 64, 128), strict=True)
        if not all(len(text) == length and _DIGITS.fullmatch(text) for text, length in spelled):
            # Python reads capitals and blanks too; an export in which one digit was changed must not pass.
            return False
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), statement(self.stream, self.seq, self.digest))
        except (InvalidSignature, ValueError):
            return False
        return True


def statement(stream: str, seq: int, digest: str) -> bytes:
    """The very bytes that are signed: four lines of text (source: docs/proof.md)."""
    return f"{FORMAT}\n{stream}\n{seq}\n{digest}\n".encode()


class Signer:
    """The install's key."""

    def __init__(self, pem: bytes, where: str) -> None:
        """`pem` is the private key; `where` names its place in a refusal. Raises MisConfigured when it is none."""
        try:
            private = load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:
            raise MisConfigured(f"{where} is no private key in PEM.", hint=_HINT) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise MisConfigured(f"{where} is no Ed25519 key.", hint=_HINT)
        self._private = private
        self.key = private.public_key().public_bytes_raw().hex()
        """The public key as 64 hexadecimal digits."""

    def head(self, stream: str, head: Head) -> SignedHead:
        """The stream's head, signed. The same head gives the same signature (source: RFC 8032)."""
        digest = head.digest.hex()
        signature = self._private.sign(statement(stream, head.seq, digest)).hex()
        return SignedHead(FORMAT, stream, head.seq, digest, self.key, signature)


_HINT = "Put the right file back from a back-up, or take it away: a new key is then made at the next export."


def new_pem() -> bytes:
    """A new private key."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signer_in_file(path: Path) -> Signer:
    """The key of that file, made when there is none; of several that make one at once, all get the same.

    Raises MisConfigured when it cannot be read or made.
    """
    try:
        if not path.exists():
            _make(path)
        return Signer(path.read_bytes(), str(path))
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise MisConfigured(
            f"The signing key {path} cannot be read or made: {error.strerror or error}.",
            hint="The disk is full: make room on it." if full else "Run this as the user who runs the server.",
        ) from error


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(new_pem())
            file.flush()
            os.fsync(file.fileno())
        # A link fails when the name is taken: whoever comes second uses the first one's key, and never half of it.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


async def signer_in_rows(log: Log) -> Signer:
    """The key that all processes on this log share, made when there is none.

    Raises MisConfigured when its row is gone, Unavailable when the log cannot be read or written.
    """
    while True:
        key = await log.holder(SCOPE, CURRENT)
        if key is not None:
            pem = await log.row(ROWS, key)
            return Signer(pem or b"", f"The row {ROWS}/{key}")
        pem = new_pem()
        key = Signer(pem, "The new key").key
        await log.put_row(ROWS, key, pem)
        try:
            await log.append([], [Claim(SCOPE, CURRENT, key)])
        except Conflict:
            # Another process was quicker; its key is everybody's.
            await log.take_row(ROWS, key)
