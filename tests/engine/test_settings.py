"""Settings: named when wrong, never repeated, safe in production."""

import base64
import hashlib
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.errors import ConfigurationError
from desperados.engine.safety.settings import is_service_link, misspelt, open_door, weakness
from desperados.engine.settings import Settings, load_settings

STRONG = "kP9-vQ2_xLr7TzWm4YbN8sHc1DfGj5Ae"
PRODUCTION = {
    "mode": "production",
    "token_secret": STRONG,
    "mongodb_url": "mongodb://world:Tumbleweed-77@db/?replicaSet=rs0",
    "redis_url": "redis://:Tumbleweed-78@cache",
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
    ("secret", "weak"),
    [
        ("", True),
        ("short", True),
        ("ab" * 32, True),
        ("0123456789" * 5, True),
        ("0123456789abcdefghijklmnopqrstuvwxyz", True),
        ("zyxwvutsrqponmlkjihgfedcba9876543210", True),
        ("deadbeef" * 8, True),
        ("kP9-vQ2_xLr7" * 4, True),
        ("qwertyuiopasdfghjklzxcvbnm1234567890", True),
        ("change-me-to-something-long-and-random", True),
        ("your-256-bit-key-goes-here-0123456789", True),
        ("set this to a SECRET text of 48 characters", True),
        (STRONG, False),
        ("9f86d081884c7d659a2feaa0c55ad015", False),
        ("058929956dabe20abaabbeffddd2dcdd", False),  # random, with more steps than most
        ("correct horse battery staple wagon", False),
    ],
)
def test_what_counts_as_weak(secret: str, weak: bool) -> None:
    assert (weakness(secret) is not None) is weak


@given(st.binary(min_size=24, max_size=48))
def test_what_is_random_is_not_weak(bytes_: bytes) -> None:
    """As both usual ways to make a secret write it down; of bytes that chance has spread."""
    spread = hashlib.sha256(bytes_).digest() + hashlib.sha256(bytes_[::-1]).digest()
    assert weakness(spread[:16].hex()) is None
    assert weakness(base64.urlsafe_b64encode(spread[:36]).decode()) is None


# Databases


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://db/?replicaSet=rs0",
        "mongodb://db1,db2:27018,db3/world",
        "mongodb://127.0.0.1,db2/",
        "mongodb://[::1]:27017,[2001:db8::7]:27017/?tls=true",
        "mongodb+srv://cluster.example.org",
        "mongodb://root@db/",
        "mongodb://root:root@db/",
        "mongodb://root:hunter2@db/",
        "mongodb://root:Password1234@db/",
        "redis://cache",
        "redis://:redis@cache:6379/0",
        "rediss://user@cache",
    ],
)
def test_production_refuses_a_database_that_is_open_and_says_what_to_do(url: str) -> None:
    name = "redis_url" if url.startswith("redis") else "mongodb_url"
    with pytest.raises(ConfigurationError, match="OPEN_DATABASES") as refusal:
        load_settings(**{**PRODUCTION, name: url})
    assert f"DESPERADOS_{name.upper()}" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert load_settings(**{**PRODUCTION, name: url, "open_databases": True})


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://world:Tumbleweed%2F77@db1,db2/?replicaSet=rs0",
        "mongodb://localhost:27017,127.0.0.1:27018,[::1]:27019/",
        "mongodb://%2Ftmp%2Fmongodb-27017.sock/",
        "mongodb://db/?authMechanism=MONGODB-X509&tls=true",
        "redis://:Tumbleweed-78@cache/0",
        "redis://localhost",
        "redis:///0",
        "unix:///run/redis.sock",
    ],
)
def test_a_database_that_is_closed_to_strangers_is_taken(url: str) -> None:
    assert open_door(url) is None


# Names


def test_a_mistyped_variable_is_refused_with_the_name_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for typed, meant in (
        ("DESPERADOS_TRUSTED_PROXYS", "DESPERADOS_TRUSTED_PROXIES"),
        ("DESPERADOS_TOKEN_SECERT", "DESPERADOS_TOKEN_SECRET"),
        ("DESPERADOS_MONGO_URL", "DESPERADOS_MONGODB_URL"),
        ("desperados_rate_limit_scales", "DESPERADOS_RATE_LIMIT_SCALE"),
        ("DESPERADOS_PROT", "DESPERADOS_PORT"),
        ("DESPERADOS_MONGO_URI", "DESPERADOS_MONGODB_URL"),
        ("DESPERADOS_DATABASE_NAME", "DESPERADOS_DATABASE"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(typed, "hunter2")
            with pytest.raises(ConfigurationError, match=f"{typed} .* {meant}") as refusal:
                load_settings()
            assert "hunter2" not in str(refusal.value)


def test_a_variable_that_resembles_nothing_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = ["DESPERADOS_FAVOURITE_HORSE", "DESPERADOS_HOME", "DESPERADOS_IMAGE"]
    for name in theirs:
        monkeypatch.setenv(name, "Black Nell")
    with structlog.testing.capture_logs() as lines:
        load_settings()
    assert sorted(line["variable"] for line in lines) == theirs


def test_variables_of_container_platforms_are_nobodys_mistake() -> None:
    theirs = {
        "DESPERADOS_SERVICE_HOST": "10.0.0.7",
        "DESPERADOS_SERVICE_PORT_HTTP": "8420",
        "DESPERADOS_PORT_8420_TCP": "tcp://10.0.0.7:8420",
        "DESPERADOS_PORT_8420_TCP_ADDR": "10.0.0.7",
        "DESPERADOS_API_PORT": "tcp://10.0.0.7:8420",
    }
    assert misspelt(theirs, ["DESPERADOS_PORT", "DESPERADOS_HOST"]) == {}


def test_a_mistyped_file_of_a_secret_is_refused_with_the_name_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(Settings.model_config, "secrets_dir", str(tmp_path))
    (tmp_path / "desperados_token_secert").write_text(STRONG)
    (tmp_path / "of_somebody_else").write_text("hunter2")
    with pytest.raises(ConfigurationError, match=r"desperados_token_secert .*_TOKEN_SECRET"):
        load_settings()
