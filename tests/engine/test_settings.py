"""Settings: named when wrong, never repeated, safe in production."""

from pathlib import Path

import pytest

from desperados.engine.errors import ConfigurationError
from desperados.engine.settings import Settings, is_service_link, is_weak, load_settings

STRONG = "kP9-vQ2_xLr7TzWm4YbN8sHc1DfGj5Ae"
PRODUCTION = {
    "mode": "production",
    "token_secret": STRONG,
    "mongodb_url": "mongodb://db/?replicaSet=rs0",
    "redis_url": "redis://cache",
}


def test_production_starts_when_everything_is_safe() -> None:
    assert load_settings(**PRODUCTION).token_secret is not None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"token_secret": None}, "TOKEN_SECRET is not set"),
        ({"token_secret": "hunter2"}, "TOKEN_SECRET is too weak"),
        ({"token_secret": "a" * 64}, "TOKEN_SECRET is too weak"),
        ({"mongodb_url": None}, "MONGODB_URL"),
        ({"mongodb_url": "embedded://"}, "MONGODB_URL"),
        ({"redis_url": None}, "REDIS_URL"),
    ],
)
def test_production_refuses_what_is_unsafe(change: dict[str, str | None], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_settings(**{**PRODUCTION, **change})


def test_a_refusal_never_repeats_a_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(port="topsecret", token_secret="topsecret", mode="production")
    assert "port" in str(caught.value)
    assert "topsecret" not in str(caught.value)


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="nonsense"):
        load_settings(nonsense=1)


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESPERADOS_PORT", "9000")
    monkeypatch.setenv("DESPERADOS_LOG_FORMAT", "json")
    assert load_settings().port == 9000
    assert load_settings(port=9001).port == 9001
    assert load_settings().log_format == "json"


def test_a_secret_may_be_a_file_and_the_environment_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Settings.model_config, "secrets_dir", str(tmp_path))
    (tmp_path / "desperados_token_secret").write_text(f"{STRONG}\n")
    (tmp_path / "desperados_port").write_text("9000")
    (tmp_path / "mongodb_key").write_text("of somebody else")
    secret = load_settings().token_secret
    assert secret is not None
    assert secret.get_secret_value() == STRONG
    assert load_settings().port == 9000
    monkeypatch.setenv("DESPERADOS_PORT", "9001")
    assert load_settings().port == 9001
    assert load_settings(port=9002).port == 9002
    monkeypatch.setitem(Settings.model_config, "secrets_dir", str(tmp_path / "missing"))
    assert load_settings().token_secret is None


def test_what_a_container_platform_tells_of_other_services_is_no_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "DESPERADOS_SERVICE_HOST": "10.0.0.7",
        "DESPERADOS_SERVICE_PORT": "8420",
        "DESPERADOS_SERVICE_PORT_HTTP": "8420",
        "DESPERADOS_PORT": "tcp://10.0.0.7:8420",
        "DESPERADOS_PORT_8420_TCP": "tcp://10.0.0.7:8420",
        "DESPERADOS_PORT_8420_TCP_ADDR": "10.0.0.7",
        "DESPERADOS_MONGODB_PORT": "tcp://10.0.0.8:27017",
    }.items():
        monkeypatch.setenv(name, value)
        assert is_service_link(name, value)
    assert load_settings().port == 8420
    assert load_settings(port=9000).port == 9000


def test_a_variable_without_a_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "REDIS_URL", "TOKEN_SECRET", "MODE"):
        monkeypatch.setenv(f"DESPERADOS_{name}", "")
    assert load_settings().port == 8420
    assert load_settings().redis_url is None
    monkeypatch.setenv("DESPERADOS_MODE", "production")
    with pytest.raises(ConfigurationError, match="TOKEN_SECRET is not set"):
        load_settings()


@pytest.mark.parametrize("value", ["soon", "http://10.0.0.7:8420", "-1"])
def test_a_port_that_no_platform_would_write_is_still_an_error(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESPERADOS_PORT", value)
    with pytest.raises(ConfigurationError, match="port"):
        load_settings()


def test_a_secret_is_not_shown() -> None:
    assert STRONG not in repr(load_settings(**PRODUCTION))


@pytest.mark.parametrize(
    ("secret", "weak"), [("", True), ("short", True), ("ab" * 32, True), (STRONG, False)]
)
def test_what_counts_as_weak(secret: str, weak: bool) -> None:
    assert is_weak(secret) is weak
