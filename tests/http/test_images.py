"""Images over HTTP: in by a token or a page, cleaned; out only to whoever sees the room, as a picture and nothing else."""

import hashlib
from pathlib import Path

import httpx
import pytest

from tests.http.server import Program, Server, refused, unique, watchroom
from tests.web.pictures import PIXEL, SECRET, png, png_chunk

LOADED = png(3, 2, png_chunk(b"tEXt", b"Comment\0" + SECRET))
PLAIN = png(3, 2)
DIGEST = hashlib.sha256(PLAIN).hexdigest()


def at(room: str, image: str = "") -> str:
    return f"/api/v1/incidents/{room}/images" + (f"/{image}" if image else "")


def test_an_image_comes_in_cleaned_and_goes_out_as_it_is_kept(api: httpx.Client, room: str) -> None:
    kept = api.post(at(room), content=LOADED, headers={"Content-Type": "text/html"})
    assert kept.status_code == 201, kept.text
    assert kept.json() == {"image": DIGEST, "type": "image/png", "width": 3, "height": 2, "bytes": len(PLAIN)}
    body = {"command": "post_message", "text": "Look", "images": [{"image": DIGEST, "alt": "Three grey dots"}]}
    said = api.post(f"/api/v1/incidents/{room}/commands", json=body)
    assert said.status_code == 200, said.text
    assert said.json()["events"][0]["data"]["images"][0]["alt"] == "Three grey dots"
    shown = api.get(at(room, DIGEST))
    assert (shown.status_code, shown.content) == (200, PLAIN)
    assert SECRET not in shown.content
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["content-disposition"] == f'inline; filename="{DIGEST[:12]}.png"'
    assert shown.headers["cache-control"] == "private, no-cache"
    again = api.get(at(room, DIGEST), headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "body", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>", PIXEL[:-4], b"MZ\x90"]
)
def test_what_is_no_picture_is_refused_with_a_way_on(body: bytes, api: httpx.Client, room: str) -> None:
    said = refused(api.post(at(room), content=body, headers={"Content-Type": "image/png"}), 400, "not_a_picture")
    assert said["hint"]


def test_too_long_and_too_large(api: httpx.Client, room: str) -> None:
    refused(api.post(at(room), content=PIXEL + b"\0" * (5 * 2**20)), 413)
    head = png_chunk(b"IHDR", b"\0\1\0\0\0\1\0\0\x08\0\0\0\0")
    said = refused(api.post(at(room), content=PIXEL[:8] + head + PIXEL[33:]), 400, "picture_too_large")
    assert "65536 by 65536" in said["message"]


def test_who_may_and_what_is_unknown(server: Server, api: httpx.Client, room: str) -> None:
    with server.client() as nobody:
        refused(nobody.post(at(room), content=PIXEL), 401)
        refused(nobody.get(at(room, DIGEST)), 401)
    with server.client(server.token("read", name=unique("reader"))) as reader:
        refused(reader.post(at(room), content=PIXEL), 403)
        refused(reader.get(at(room, "0" * 64)), 404)
        refused(reader.get(at(room, "../../etc/passwd")), 404)
    refused(api.post(at("zzzz-zzzz"), content=PIXEL), 404)
    body = {"command": "post_message", "text": "Look", "images": [{"image": "0" * 64}]}
    refused(api.post(f"/api/v1/incidents/{room}/commands", json=body), 409, "unknown_thing")
    body["images"] = [{"image": "../x"}]
    refused(api.post(f"/api/v1/incidents/{room}/commands", json=body), 400)


def test_a_page_needs_its_form_token(server: Server, room: str) -> None:
    client, csrf = server.session("pictures@example.com")
    with client:
        assert client.post(at(room), content=PIXEL).status_code == 403
        assert client.post(at(room), content=PIXEL, headers={"X-CSRF-Token": csrf}).status_code == 201
        image = hashlib.sha256(PIXEL).hexdigest()
        form = {"csrf": csrf, "image": image, f"alt.{image}": "One dot", "line": ""}
        said = client.post(f"/incidents/{room}/say", data=form, headers={"HX-Request": "true"})
        assert said.status_code == 200, said.text
        page = client.get(f"/incidents/{room}", headers={"Accept": "text/html"}).text
        assert f'<img src="{at(room, image)}" alt="One dot" width="1" height="1"' in page


def test_exports_hold_it_or_name_it(api: httpx.Client, room: str) -> None:
    api.post(at(room), content=PLAIN)
    body = {"command": "post_message", "text": "Look", "images": [{"image": DIGEST, "alt": "Three grey dots"}]}
    api.post(f"/api/v1/incidents/{room}/commands", json=body)
    exported = {
        form: api.get(f"/api/v1/incidents/{room}/export", params={"format": form}).text
        for form in ("jsonl", "md", "html")
    }
    assert all(DIGEST in text for text in exported.values())
    assert '<img src="data:image/png;base64,' in exported["html"]
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    redact = {"command": "redact", "seq": seq, "reason": "A card."}
    assert api.post(f"/api/v1/incidents/{room}/commands", json=redact).status_code == 200
    refused(api.get(at(room, DIGEST)), 404)
    assert "data:image" not in api.get(f"/api/v1/incidents/{room}/export", params={"format": "html"}).text


def test_a_back_up_holds_it(tmp_path: Path) -> None:
    data, again, file = tmp_path / "data", tmp_path / "again", tmp_path / "backup.sqlite"
    with Program(data) as program:
        token = watchroom("token", "create", "t", "--scope", "admin", data=data).stdout.strip()
        with httpx.Client(base_url=program.url, headers={"Authorization": f"Bearer {token}"}) as client:
            room = client.post("/api/v1/incidents", json={"title": "Kept"}).json()["id"]
            assert client.post(at(room), content=PLAIN).status_code == 201
        assert watchroom("record", "backup", str(file), data=data).returncode == 0
        program.kill()
    assert watchroom("record", "restore", str(file), data=again).returncode == 0
    bearer = {"Authorization": f"Bearer {token}"}
    with Program(again) as program, httpx.Client(base_url=program.url, headers=bearer) as client:
        assert client.get(at(room, DIGEST)).content == PLAIN
