"""The mail listener with a real SMTP client: what is answered, what becomes of a mail, and that 250 means on disk."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.server import Program, Sender, Server, unique, walk, watchroom
from watchroom.base.errors import MisConfigured
from watchroom.integrations.mail_listener import CONNECTIONS_MAX, RECIPIENTS_MAX


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes mails of 100 kB at most."""
    with Server(tmp_path_factory.mktemp("mailed"), mail_port=0, mail_bytes_max=100_000) as server:
        yield server


@pytest.fixture
def inbox(mailed: Server) -> Iterator[Sender]:
    made = mailed.source("email")
    yield made
    made.close()


def port(server: Server) -> int:
    assert server.house.mail is not None
    return server.house.mail.port


def client(server: Server) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port(server), timeout=60)


def mail(subject: str, text: str = "Body.", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "monitor@example.com"
    message["Subject"] = subject
    message["Message-ID"] = f"<{unique('m')}@example.com>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def send(server: Server, key: str, message: EmailMessage) -> None:
    with client(server) as smtp:
        smtp.send_message(message, "monitor@example.com", [f"{key}@watch.example"])


def items(server: Server, name: str) -> list[dict[str, Any]]:
    with server.client(server.token("read")) as api:
        return list(walk(api, "/api/v1/signals", q=name))


def test_a_mail_becomes_a_signal(mailed: Server, inbox: Sender) -> None:
    send(mailed, inbox.key, mail("Die Datenbank ist voll: Käse", "Zeile eins"))
    (item,) = items(mailed, inbox.name)
    assert (item["title"], item["state"], item["source"]) == ("Die Datenbank ist voll: Käse", "firing", inbox.name)
    assert item["annotations"]["description"] == "Zeile eins"
    assert item["stream"]


def test_a_thread_is_one_item_and_a_mapping_ends_it(mailed: Server, inbox: Sender) -> None:
    first = mail("PROBLEM: Disk full")
    send(mailed, inbox.key, first)
    send(mailed, inbox.key, mail("Re: PROBLEM: Disk full", In_Reply_To=first["Message-ID"]))
    (item,) = items(mailed, inbox.name)
    assert item["count"] == 2
    mapping = {
        "title": "subject_rest", "dedup_key": "subject_rest", "status": "subject_word",
        "status_words": {"RESOLVED": "resolved", "OK": "resolved", "*": "firing"},
    }  # fmt: skip
    with mailed.client(mailed.token("admin")) as api:
        answer = api.post(f"/api/v1/sources/{inbox.name}/mapping", json={"mapping": mapping})
        assert answer.status_code == 200, answer.text
    send(mailed, inbox.key, mail("PROBLEM: Ping lost"))
    send(mailed, inbox.key, mail("OK: Ping lost"))
    states = {item["title"]: item["state"] for item in items(mailed, inbox.name)}
    assert states == {"PROBLEM: Disk full": "firing", "Ping lost": "resolved"}


def test_only_a_key_is_a_mailbox(mailed: Server, inbox: Sender) -> None:
    with client(mailed) as smtp:
        smtp.ehlo()
        smtp.mail("monitor@example.com")
        for address in (f"{inbox.name}@x", "wr_src_0@x", "postmaster@x", "x", f"x+{inbox.key}@x"):
            code, said = smtp.rcpt(address)
            assert code == 550, address
            assert said
        assert smtp.rcpt(f"{inbox.key.upper()}+tag@anything.example")[0] == 250
        assert smtp.data(mail("Tagged").as_bytes())[0] == 250
    assert [item["title"] for item in items(mailed, inbox.name)] == ["Tagged"]
    public = mailed.source("report")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mailed, public.key, mail("By a public key"))
    public.close()


def test_a_key_that_was_ended_is_no_mailbox_any_more(mailed: Server, inbox: Sender) -> None:
    sources = mailed.house.credentials.sources
    with client(mailed) as smtp:
        smtp.ehlo()
        smtp.mail("monitor@example.com")
        assert smtp.rcpt(f"{inbox.key}@x")[0] == 250
        mailed.do(sources.disable(inbox.name, actor="system:test", via="test"))
        assert smtp.data(mail("Too late").as_bytes())[0] == 550
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mailed, inbox.key, mail("Too late"))
    assert items(mailed, inbox.name) == []


def test_limits(mailed: Server, inbox: Sender) -> None:
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refused:
        send(mailed, inbox.key, mail("Huge", "x" * 900 + "\n" + ("y" * 900 + "\n") * 200))
    assert refused.value.smtp_code == 552
    with client(mailed) as smtp:
        smtp.ehlo()
        smtp.mail("monitor@example.com")
        codes = [smtp.rcpt(f"{inbox.key}+{number}@x")[0] for number in range(RECIPIENTS_MAX + 1)]
        assert codes == [250] * RECIPIENTS_MAX + [452]
        assert smtp.data(mail("To many names of one").as_bytes())[0] == 250
        assert not smtp.has_extn("starttls")
        assert not smtp.has_extn("auth")
    (item,) = items(mailed, inbox.name)
    assert item["count"] == 1


def test_one_connection_too_many_is_told_to_come_back(mailed: Server) -> None:
    held = [socket.create_connection(("127.0.0.1", port(mailed)), timeout=60) for _ in range(CONNECTIONS_MAX)]
    try:
        for connection in held:
            assert connection.recv(200).startswith(b"220")
        with socket.create_connection(("127.0.0.1", port(mailed)), timeout=60) as late:
            assert late.recv(200).startswith(b"421")
    finally:
        for connection in held:
            connection.close()


def test_what_is_not_durable_is_not_acknowledged(tmp_path: Path) -> None:
    with Server(tmp_path, mail_port=0) as server:
        made = server.source("email")
        server.do(server.house.intake.close())
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(server, made.key, mail("Not now"))
        assert refused.value.smtp_code == 451
        made.close()


def test_a_raw_session_that_breaks_every_rule(mailed: Server, inbox: Sender) -> None:
    with socket.create_connection(("127.0.0.1", port(mailed)), timeout=60) as connection:
        lines = b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<" + inbox.key.encode() + b"@x>\r\nDATA\r\n"
        connection.sendall(lines + b"\xff\xfe\x00 no header\r\n\r\n\x80\x81 body\r\n.\r\nQUIT\r\n")
        said = b""
        while part := connection.recv(4_096):
            said += part
    assert b"250 2.0.0 Taken in" in said
    assert len(items(mailed, inbox.name)) == 1


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(MisConfigured, match="Cannot listen") as refused, Server(tmp_path, mail_port=number):
            pass
        assert "mail_port" in refused.value.hint


def test_off_by_default(server: Server) -> None:
    assert server.house.mail is None


def test_after_kill_every_mail_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    made = watchroom("source", "create", "mails", "--kind", "email", "--json", data=tmp_path)
    key = made.stdout.split('"key": "')[1].split('"')[0]
    token = watchroom("token", "create", "reader", "--scope", "admin", data=tmp_path).stdout.strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    acknowledged: list[str] = []
    for _round in range(3):
        with (
            Program(tmp_path, WATCHROOM_MAIL_PORT=str(number)) as program,
            smtplib.SMTP("127.0.0.1", number, timeout=60) as smtp,
        ):
            for _mail in range(5):
                title = unique("Killed")
                smtp.send_message(mail(title), "a@b.example", [f"{key}@x"])
                acknowledged.append(title)
            program.kill()
            program.wait()
            with pytest.raises((smtplib.SMTPException, OSError)):
                smtp.send_message(mail("After"), "a@b.example", [f"{key}@x"])
    with (
        Program(tmp_path, WATCHROOM_MAIL_PORT=str(number)) as program,
        httpx.Client(
            base_url=program.url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        ) as api,
    ):
        titles = [item["title"] for item in walk(api, "/api/v1/signals")]
    assert sorted(titles) == sorted(acknowledged)
    verified = watchroom("incident", "verify", data=tmp_path)
    assert verified.returncode == 0, verified.stderr
