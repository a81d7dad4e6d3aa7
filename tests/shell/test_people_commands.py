"""People, invitations and the audit log from the shell, with and without a server."""

import json
import re
from pathlib import Path

from tests.shell.shell import here, run, said

ANA, BO = "ana@example.com", "bo@example.com"


def test_people_are_let_in_changed_and_let_go(tmp_path: Path) -> None:
    said(run(tmp_path, "user", "create", ANA, "--admin", "--name", "Ana"))
    link = said(here(tmp_path, "invitation", "create", BO, "--role", "reader", "--days", "3"))
    assert re.fullmatch(r"http://\S+/invitation/wr_inv_[0-9a-f]{40}", link)
    (invited,) = json.loads(said(here(tmp_path, "invitation", "list", "--json")))["items"]
    assert (invited["email"], invited["role"]) == (BO, "reader")
    assert said(here(tmp_path, "invitation", "renew", invited["id"])) != link
    assert "revoked" in said(here(tmp_path, "invitation", "revoke", invited["id"]))
    assert "Nobody is invited" in said(here(tmp_path, "invitation", "list"))
    said(here(tmp_path, "user", "create", BO))
    assert "/password/" in said(here(tmp_path, "user", "link", BO, "--password"))
    assert "/sign-in/" in said(here(tmp_path, "user", "link", BO))
    said(here(tmp_path, "user", "role", BO, "reader"))
    said(here(tmp_path, "user", "rename", BO, "Bo Lind"))
    said(here(tmp_path, "user", "move", BO, "bo.lind@example.com"))
    said(here(tmp_path, "user", "sign-out", BO))
    (line,) = [
        each for each in json.loads(said(here(tmp_path, "user", "list", "--json")))["items"] if each["email"] == BO
    ]
    assert (line["name"], line["address"], line["role"], line["active"]) == (
        "Bo Lind", "bo.lind@example.com", "reader", True,
    )  # fmt: skip
    said(here(tmp_path, "user", "deactivate", "bo.lind@example.com", "--reason", "left"))
    refused = here(tmp_path, "user", "link", BO)
    assert refused.status == 1
    assert "reactivate" in refused.err
    said(here(tmp_path, "user", "reactivate", BO))
    last = here(tmp_path, "user", "deactivate", ANA)
    assert (last.status, "the last admin" in last.err) == (1, True)
    shown = said(here(tmp_path, "audit", "--who", BO))
    assert [line.split()[2] for line in shown.splitlines()[1:4]] == [
        "account_reactivated", "account_deactivated", "person_address_changed",
    ]  # fmt: skip
    items = json.loads(said(here(tmp_path, "audit", "--about", "people", "--limit", "2", "--json")))["items"]
    assert [item["actor"] for item in items] == ["system:shell"] * 2
    assert here(tmp_path, "audit", "--about", "nonsense").status == 1
    assert "Nothing like that" in said(here(tmp_path, "audit", "--q", "none-such"))
