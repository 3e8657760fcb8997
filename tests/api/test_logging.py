"""Log lines hold no secrets."""

import json
import logging

import pytest
import structlog

from desperados.api.serving.logging import HIDDEN, configure_logging, scrub
from desperados.engine.settings import LogFormat, load_settings


@pytest.fixture(autouse=True)
def _restore_logging() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name",
    ["password", "newPassword", "accessToken", "refresh_token", "TOKEN_SECRET", "Authorization",
     "Set-Cookie", "backup_codes", "resetCode", "otp", "pwd", "X-Api-Key", "apikey", "jwt",
     "privateKey", "credentials", "passphrase", "passwordHash", "userpassword"],
)  # fmt: skip
def test_values_under_telling_names_are_hidden_however_deep(name: str) -> None:
    event = {"event": "x", "a": [{"b": ({name: "hunter2"},)}], name: {"c": "hunter2"}}
    assert "hunter2" not in repr(scrub(None, "info", event))


@pytest.mark.parametrize(
    "name",
    ["code", "error_code", "codes", "user", "key", "tokenVersion", "token_version", "token_type",
     "password_time_cost", "accessTokenMinutes", "password_changed_at",
     "secretId"],
)  # fmt: skip
def test_other_values_stay(name: str) -> None:
    event = {"event": "x", name: "not_enough", "n": [{name: 1}]}
    assert scrub(None, "info", dict(event)) == event


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLWl0"
SECRET_TEXTS = [
    ("no answer from mongodb://jane:hunter2@db:27017/x", "no answer from mongodb://[hidden]@db"),
    ("redis://:hunter2@cache/0", "redis://[hidden]@cache/0"),
    (f"the token {JWT} was refused", "the token [hidden] was refused"),
    ("Authorization: Bearer hunter2hunter2", "Bearer [hidden]"),
    ("bearer.hunter2hunter2, desperados.v1", "bearer.[hidden], desperados.v1"),
    ("ab" * 64, "[hidden]"),
    ("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$hunter2", "[hidden]"),
    ("$2b$12$hunter2hunter2hunter2hunter2hunter2hunter2", "[hidden]"),
    ("Login(login='jane', password='hunter2')", "password='[hidden]')"),
    ("{'login': 'jane', 'password': 'hunter2'}", "'password': '[hidden]'}"),
    ('{"password": "hunter2", "a": 1}', "[hidden]"),
    ("GET /x?token=hunter2&y=1", "token=[hidden]&y=1"),
]


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.parametrize(("text", "shown"), SECRET_TEXTS)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(
    form: LogFormat, text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(load_settings(log_format=form))
    structlog.get_logger("desperados.test").info("said", detail=text)
    logging.getLogger("elsewhere").warning("said %s", text)
    try:
        raise LookupError(text)
    except LookupError:
        structlog.get_logger("desperados.test").exception("failed")
    lines = capsys.readouterr().err
    if form is LogFormat.JSON:
        assert len([json.loads(line) for line in lines.splitlines()]) == 3
    assert "hunter2" not in lines
    assert JWT not in lines
    assert "ab" * 64 not in lines
    assert lines.count(shown) == 3


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.parametrize(
    "text",
    ["https://example.org:8443/a@b", "no token: log in", "tokens=3", "at 12:30:00@noon",
     "user@example.org", "the password is too short"],
)  # fmt: skip
def test_what_only_sounds_like_a_secret_is_shown(
    form: LogFormat, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(load_settings(log_format=form))
    structlog.get_logger("desperados.test").info("said", detail=text)
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("form", list(LogFormat))
def test_what_was_sent_forges_no_line_and_moves_no_terminal(
    form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(load_settings(log_format=form))
    sent = "/a\r\n2026-01-01 [info] paid\x1b[2J\x07\u202e\u2028\x9b"
    structlog.get_logger("desperados.test").info("request", path=sent)
    logging.getLogger("elsewhere").warning("path %s", sent)
    lines = capsys.readouterr().err
    assert lines.count("\n") == 2
    for character in "\r\x1b\x07\u202e\u2028\x9b":
        assert character not in lines


def test_what_is_nested_without_end_is_cut_off() -> None:
    event: dict[str, object] = {"event": "x"}
    event["self"] = event
    assert HIDDEN in repr(scrub(None, "info", event))


def test_lines_are_json_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(load_settings(log_format=LogFormat.JSON))
    structlog.get_logger("desperados.test").info("paid", amount=3, token="hunter2")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["amount"], line["token"]) == ("paid", 3, HIDDEN)
    assert line["level"] == "info"


@pytest.mark.parametrize("form", list(LogFormat))
def test_tracebacks_do_not_show_local_variables(
    form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(load_settings(log_format=form))
    password = "hunter" + "2"
    try:
        raise LookupError(len(password))
    except LookupError:
        structlog.get_logger("desperados.test").exception("failed")
    shown = capsys.readouterr().err
    assert "LookupError" in shown
    assert "hunter2" not in shown


def test_the_standard_librarys_records_go_the_same_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(load_settings(log_format=LogFormat.JSON))
    logging.getLogger("elsewhere").warning("hello %s", "there")
    assert json.loads(capsys.readouterr().err)["event"] == "hello there"
