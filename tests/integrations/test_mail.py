"""Mails as signals: encoded headers, charsets, HTML, attachments, threads, and what no mail program should ever send."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.detection.signal import Signal
from watchroom.integrations import mail
from watchroom.integrations.delivery import Limits
from watchroom.integrations.mail_text import plain_text
from watchroom.integrations.mapped import reader
from watchroom.integrations.mapping import Mapping

NOW = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
LIMITS = Limits()


def seen(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(mail.document(raw))
    return found


def signal(raw: bytes, mapping: Mapping | None = None) -> Signal:
    (found,) = reader(mapping, mail.read)(mail.document(raw), "mail", LIMITS, NOW).signals
    return found


def written(subject: str, text: str = "Body.", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Nagios <nagios@example.com>"
    message["To"] = "key@watch.example"
    message["Subject"] = subject
    message["Message-ID"] = "<1@example.com>"
    message["Date"] = "Mon, 23 Nov 2026 04:10:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_a_plain_mail() -> None:
    found = signal(written("Käse: die Datenbank ist voll 🧀", "Zeile eins\nZeile zwei\n").as_bytes())
    assert found.title == "Käse: die Datenbank ist voll 🧀"
    assert found.annotations == {"description": "Zeile eins\nZeile zwei"}
    assert found.labels == {"from": "nagios@example.com"}
    assert found.key == "<1@example.com>"
    assert found.state == "firing"
    assert found.starts_at == datetime(2026, 11, 23, 3, 10, tzinfo=UTC)


def test_html_alone_becomes_text_and_attachments_are_noted() -> None:
    message = written("Report")
    message.set_content(
        "<html><head><title>no</title><style>p{}</style></head><body><p>Disk&nbsp;full<br>on &lt;db-1&gt;</p>"
        "<script>alert(1)</script><table><tr><td>free</td><td>0 %</td></tr></table></body></html>",
        subtype="html",
    )
    message.add_attachment(b"x" * 100, maintype="image", subtype="png", filename="Grün.png")
    message.add_attachment(b"y", maintype="application", subtype="octet-stream")
    found = signal(message.as_bytes())
    assert found.annotations["description"] == "Disk full\non <db-1>\n\nfree 0 %"
    assert found.annotations["attachments"] == (
        "Grün.png (image/png, 100 bytes), without a name (application/octet-stream, 1 bytes)"
    )


def test_plain_text_wins_over_html() -> None:
    message = written("Both", "plain")
    message.add_alternative("<p>html</p>", subtype="html")
    assert seen(message.as_bytes())["text"] == "plain"


@pytest.mark.parametrize(
    ("charset", "text"),
    [("iso-8859-1", "Grüße"), ("windows-1252", "„Grüße“"), ("shift_jis", "障害"), ("koi8-r", "сбой")],
)
def test_charsets(charset: str, text: str) -> None:
    head = f"Subject: x\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert seen(head.encode() + text.encode(charset))["text"] == text


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_aus?= Wien", "Grüße aus Wien"),
        (b"=?no-such?q?x=FF?=", "xÿ"),
        (b"=?utf-8?b?not base64", "=?utf-8?b?not base64"),
        (b"=?utf-8?q?=FF?=", "\ufffd"),
        ("roh ü".encode(), "roh ü"),
        (b"raw \xff", "raw \ufffd"),
        (b"folded\r\n  over lines", "folded over lines"),
        (b"nul\x00inside", "nul\ufffdinside"),
        (b"", ""),
    ],
)
def test_subjects(header: bytes, subject: str) -> None:
    assert seen(b"Subject: " + header + b"\r\n\r\nx")["subject"] == subject


@pytest.mark.parametrize(
    ("subject", "word", "rest"),
    [
        ("RESOLVED: Disk full", "RESOLVED", "Disk full"),
        ("OK: Disk full", "OK", "Disk full"),
        ("[RESOLVED] Disk full", "RESOLVED", "Disk full"),
        ("[FIRING:2] Disk full", "FIRING", "Disk full"),
        ("Re: AW: [Recovered] Disk full", "RECOVERED", "Disk full"),
        ("** PROBLEM - Disk full", "PROBLEM", "Disk full"),
        ("Okapi escaped", "", "Okapi escaped"),
        ("Disk full: OK", "", "Disk full: OK"),
        ("Re: Disk full", "", "Disk full"),
        ("OK:", "OK", "OK:"),
    ],
)
def test_the_state_in_a_subject(subject: str, word: str, rest: str) -> None:
    found = seen(written(subject).as_bytes())
    assert (found["subject_word"], found["subject_rest"]) == (word, rest)


def test_a_thread_is_one_thing_and_the_mapping_says_what_ends_it() -> None:
    first = signal(written("PROBLEM: Disk full").as_bytes())
    reply = written("Re: PROBLEM: Disk full", In_Reply_To="<1@example.com>")
    reply.replace_header("Message-ID", "<2@example.com>")
    assert signal(reply.as_bytes()).id == first.id
    over = written("RESOLVED: Disk full")
    over.replace_header("Message-ID", "<3@example.com>")
    assert signal(over.as_bytes()).state == "firing", "without a mapping no word ends anything"
    by_subject = Mapping(
        title="subject_rest", dedup_key="subject_rest", status="subject_word",
        status_words={"RESOLVED": "resolved", "OK": "resolved", "*": "firing"},
    )  # fmt: skip
    begun, ended = signal(written("PROBLEM: Disk full").as_bytes(), by_subject), signal(over.as_bytes(), by_subject)
    assert (begun.id, begun.state, ended.state) == (ended.id, "firing", "resolved")


def test_what_no_mail_program_should_send() -> None:
    assert signal(b"").title == "Mail from nobody without a subject"
    assert signal(b"no header at all").key
    assert signal(b"\r\n\r\nonly a body").title == "only a body"
    assert signal(b"Date: never\r\nSubject: x\r\n\r\n").starts_at is None
    assert signal(b"Date: Mon, 23 Nov 2099 04:10:00 +0100\r\nSubject: x\r\n\r\n").starts_at is None
    long = signal(b"Subject: " + b"x" * 5_000 + b"\r\n\r\n" + b"y" * 100_000)
    assert len(long.title) == mail.TITLE_CHARS_MAX
    assert len(long.annotations["description"]) < mail.TEXT_CHARS_MAX + 10
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(2_000))
    assert signal(b"Subject: deep\r\n" + deep + b"\r\ntext").title == "deep"
    many = b"Subject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5_000
    assert seen(many)["text"].count("x") == mail.PARTS_MAX - 1
    assert len(seen(b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n")["headers"]) <= mail.HEADERS_MAX


MANY = 100_000


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain;\r\n" + b" a=b;\r\n" * MANY + b"\r\nx",
        b"Content-Disposition: attachment;\r\n" + b"".join(b" filename*%d*=x;\r\n" % n for n in range(MANY)) + b"\r\nx",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * MANY,
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(200))
        + b"x\r\n" * MANY,
        b"Content-Type: text/html\r\n\r\n" + b"<!--" * MANY,
        b"Content-Type: text/html\r\n\r\n" + b"<script>" * MANY,
        b"Content-Type: text/html\r\n\r\n" + b"<a " * MANY,
        b"Subject: " + b"=?utf-8?q?a?=\r\n " * MANY + b"\r\n\r\nx",
        b"From: " + b"(" * MANY + b"\r\n\r\nx",
        b"\r\n" * (mail.LINES_MAX + 10),
    ],
    ids=[
        "parameters",
        "continuations",
        "parts",
        "nesting",
        "comments",
        "scripts",
        "tags",
        "words",
        "brackets",
        "lines",
    ],
)
def test_no_mail_takes_time_without_end(raw: bytes) -> None:
    """Each of these keeps the standard library busy for minutes when it is given as it is."""
    found = seen(raw)
    assert len(found["text"]) <= mail.TEXT_CHARS_MAX + 100
    assert signal(raw).title


def test_hidden_html_hides_no_text() -> None:
    assert plain_text("<style>p{}</style>a<SCRIPT>x</SCRIPT >b<!-- c -->d<script/>e") == "abde"
    assert plain_text("a<script>b") == "ab"
    assert plain_text("1 < 2 &lt; 3 & 4<br/>5<") == "1 < 2 < 3 & 4\n5<"
    assert plain_text("a<!-- b") == "a"
    assert plain_text("<p>a</p>\r\n<td>b<td>c") == "a\nb c"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    reader(None, mail.read)(mail.document(raw), "mail", LIMITS, NOW)
    reader(None, mail.read)(
        mail.document(b"Content-Type: multipart/x; boundary=a\r\nSubject: " + raw), "mail", LIMITS, NOW
    )


@given(st.text(alphabet='<>/!-"=&;p scriptyle\n', max_size=200))
def test_any_html_becomes_text(html: str) -> None:
    assert "\n\n\n" not in plain_text(html)
