"""Settings: strict, from the file, then the environment, then flags, and never showing a secret."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from watchroom.base.errors import MisConfigured
from watchroom.base.moved import IN_THE_PROFILE
from watchroom.config import Settings, base_url
from watchroom.config_sources import load
from watchroom.incident.profile import Profile


def test_without_anything_the_server_is_reached_from_this_machine_alone() -> None:
    settings = load(environ={})
    assert (settings.host, settings.port) == ("127.0.0.1", 8710)
    assert settings.folder.is_absolute()


def test_a_flag_goes_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "watchroom.toml").write_text('host = "a"\nport = 1\nsession_s = 100\ngroup_by = ["team"]\n')
    environ = {"WATCHROOM_DATA": str(tmp_path), "WATCHROOM_PORT": "2", "WATCHROOM_SESSION_S": "200", "HOME": "/x"}
    settings = load({"session_s": 300, "host": None}, environ=environ)
    assert (settings.host, settings.port, settings.session_s) == ("a", 2, 300)
    assert settings.group_by == ("team",)
    assert settings.data == str(tmp_path)


def test_a_file_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(f'data = "{tmp_path / "data"}"\n')
    assert load({}, path, {}).folder == tmp_path / "data"
    with pytest.raises(MisConfigured, match="no file"):
        load({}, tmp_path / "missing.toml", {})


def test_the_environment_is_read_by_type() -> None:
    environ = {"WATCHROOM_DEMO": "true", "WATCHROOM_GROUP_BY": "alertname, team", "WATCHROOM_HEARTBEAT_S": "2.5"}
    settings = load(environ=environ)
    assert (settings.demo, settings.group_by, settings.heartbeat_s) == (True, ("alertname", "team"), 2.5)


def test_variables_of_the_test_suite_are_none_of_ours() -> None:
    assert load(environ={"WATCHROOM_REQUIRE_PEERS": "1", "WATCHROOM_EXAM": "/x"}) == load(environ={})


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"WATCHROOM_PROT": "1"}, "WATCHROOM_PROT in the environment is no setting.", "Did you mean WATCHROOM_PORT?"),
    ({"WATCHROOM_QQQQQQ": "1"}, "WATCHROOM_QQQQQQ", "docs/settings.md"),
    ({"WATCHROOM_PORT": "http"}, "port cannot be 'http'", "port to listen on"),
    ({"WATCHROOM_PORT": "65536"}, "port cannot be '65536'", ""),
    ({"WATCHROOM_DEMO": "perhaps"}, "demo cannot be 'perhaps'", ""),
    ({"WATCHROOM_GROUP_BY": ","}, "group_by", ""),
    ({"WATCHROOM_ORGANISATION": "Our Firm"}, "organisation", ""),
    ({"WATCHROOM_PUBLIC_URL": "watch.example.com"}, "public_url", "scheme and host"),
    ({"WATCHROOM_PUBLIC_URL": "https://example.com/watch"}, "public_url", "scheme and host"),
    ({"WATCHROOM_DATABASE": "mysql://u:hunter2@db/w"}, "database", ""),
    ({"WATCHROOM_YEAR_EARLIEST": "2200"}, "year_earliest", ""),
]

WRONG += [
    ({f"WATCHROOM_{name.upper()}": "1"}, f"WATCHROOM_{name.upper()} in the environment is no setting any more.", now)
    for name, now in {
        "cadence": "cadence.beats",
        "cadence_dense_s": "cadence.dense_s",
        "cadence_sparse_s": "cadence.sparse_s",
        "overdue_escalates_s": "cadence.escalates_s",
        "page_answer_s": "page_answer_s",
        "silence_h": "cadence.silence_s",
    }.items()
]


@pytest.mark.parametrize(("environ", "message", "hint"), WRONG)
def test_what_cannot_be_is_refused_and_named(environ: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(MisConfigured) as refused:
        load(environ=environ)
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert "hunter2" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [("prot = 1", "prot in"), ("port = '1'", "port cannot be"), ("port = ", "is not TOML"), ("data = '/x'", "data in"),
     ("silence_h = 4", "no setting any more"), ("[cadence]\nx = 1", "no setting any more")],
)  # fmt: skip
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "watchroom.toml"
    path.write_text(text)
    with pytest.raises(MisConfigured, match=message) as refused:
        load({"data": str(tmp_path)}, environ={})
    assert str(path) in refused.value.message


def test_a_secret_is_never_shown() -> None:
    settings = Settings(database="postgresql://u:hunter2@db/w")
    for shown in (repr(settings), str(settings), f"{settings}", str(settings.shown())):
        assert "hunter2" not in shown
        assert "<secret>" in shown
    assert Settings().shown()["database"] == ""


def test_the_address_for_others_is_the_public_one_or_that_of_the_socket() -> None:
    assert base_url(Settings(port=0), 4711) == "http://127.0.0.1:4711"
    assert base_url(Settings(host="0.0.0.0")) == "http://127.0.0.1:8710"
    assert base_url(Settings(host="::1")) == "http://[::1]:8710"
    assert base_url(Settings(public_url="https://w.example.com/"), 4711) == "https://w.example.com"


def test_units_stand_last_in_a_name() -> None:
    numbers = [field.name for field in msgspec.structs.fields(Settings) if isinstance(field.default, int | float)]
    plain = {"port", "smtp_port", "mail_port", "demo", "year_earliest", "year_latest", "password_passes"}
    assert not [
        name
        for name in numbers
        if name not in plain and not name.endswith(("_max", "_min", "_s", "_h", "_days", "_kib"))
    ]


def test_what_went_into_the_profile_is_no_setting_and_stands_there() -> None:
    for name, now in IN_THE_PROFILE.items():
        assert name not in Settings.__struct_fields__
        shape: Any = Profile
        for part in now.partition(",")[0].split("."):
            field = next(each for each in msgspec.structs.fields(shape) if each.name == part)
            shape = get_args(field.type)[0] if get_args(field.type) else field.type
