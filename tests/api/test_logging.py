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
     "Set-Cookie", "code", "backup_codes"],
)  # fmt: skip
def test_values_under_telling_names_are_hidden_however_deep(name: str) -> None:
    event = {"event": "x", "a": [{"b": ({name: "hunter2"},)}], name: {"c": "hunter2"}}
    assert "hunter2" not in repr(scrub(None, "info", event))


def test_other_values_stay() -> None:
    assert scrub(None, "info", {"event": "x", "user": "jane", "n": [1]}) == {
        "event": "x",
        "user": "jane",
        "n": [1],
    }


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
