"""What is pasted into a sender holds its key and its address, whatever the kind."""

import pytest

from watchroom.people.source import EVERY_KIND, KINDS, SourceKind
from watchroom.web.settings.snippets import snippets

URL, KEY, MAIL = "https://watch.example", "wr_src_1", "wr_src_1@watch.example"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_has_something_to_paste(kind: SourceKind) -> None:
    found = snippets(kind, URL, KEY, MAIL)
    assert found
    text = "\n".join(snippet.text for snippet in found)
    assert KEY in text
    assert all(snippet.where and snippet.text for snippet in found)
    assert (URL in text) == (kind != "email")
    assert (MAIL in text) == (kind != "report"), "a public link is no mailbox"


@pytest.mark.parametrize("kind", KINDS)
def test_without_mail_none_is_offered(kind: SourceKind) -> None:
    assert all("@" not in snippet.text for snippet in snippets(kind, URL, KEY))
