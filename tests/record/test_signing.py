"""The key that signs heads: made once whoever comes first, for its owner alone, and good for others to check."""

import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from watchroom.base.errors import MisConfigured
from watchroom.base.rng import Chance
from watchroom.record.event import Claim
from watchroom.record.log import Head
from watchroom.record.memory_log import MemoryLog
from watchroom.record.signing import (
    CURRENT,
    ROWS,
    SCOPE,
    Signer,
    new_pem,
    signer_in_file,
    signer_in_rows,
)

HEAD = Head(7, bytes(range(32)))


def test_what_is_signed_is_what_is_documented() -> None:
    signer = Signer(new_pem(), "here")
    head = signer.head("k7m2-9qxd", HEAD)
    said = f"watchroom-record-1\nk7m2-9qxd\n7\n{HEAD.digest.hex()}\n".encode()
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key)).verify(bytes.fromhex(head.signature), said)
    assert head.key == signer.key
    assert head.is_genuine()
    assert signer.head("k7m2-9qxd", HEAD) == head


@pytest.mark.parametrize(
    "change",
    [{"stream": "k7m2-9qxe"}, {"seq": 8}, {"digest": "00" * 32}, {"key": "00" * 32}, {"signature": "00" * 64},
     {"key": "no"}, {"signature": ""}],
)  # fmt: skip
def test_a_head_that_says_something_else_is_not_genuine(change: dict[str, object]) -> None:
    head = Signer(new_pem(), "here").head("k7m2-9qxd", HEAD)
    assert not msgspec.structs.replace(head, **change).is_genuine()


def test_the_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "signing.key"
    with ThreadPoolExecutor(8) as pool:
        keys = {signer.key for signer in pool.map(signer_in_file, [path] * 8)}
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["signing.key"]
    assert signer_in_file(path).key in keys


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_said_and_left_alone(content: str, tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    path.write_text(content)
    with pytest.raises(MisConfigured, match=r"signing\.key"):
        signer_in_file(path)
    assert path.read_text() == content


def test_a_key_of_another_kind_is_said(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    made = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "X25519", "-out", str(path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs openssl")
    with pytest.raises(MisConfigured, match="no Ed25519"):
        signer_in_file(path)


def test_openssl_reads_the_key(tmp_path: Path) -> None:
    signer = signer_in_file(tmp_path / "signing.key")
    shown = subprocess.run(
        ["openssl", "pkey", "-in", str(tmp_path / "signing.key"), "-pubout", "-outform", "DER"],
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    if shown.returncode:
        pytest.skip("needs openssl")
    assert shown.stdout[-32:].hex() == signer.key


async def test_a_row_that_is_gone_is_said_and_no_other_key_slips_in() -> None:
    log = MemoryLog(Chance(1))
    await log.append([], [Claim(SCOPE, CURRENT, "00" * 32)])
    with pytest.raises(MisConfigured, match="row"):
        await signer_in_rows(log)
    assert await log.rows(ROWS) == {}
