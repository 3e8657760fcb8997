"""Every setting of the package, from keyword arguments or the environment.

A setting ``x_y`` is read from the variable ``DESPERADOS_X_Y``, or from the file
``/run/secrets/desperados_x_y`` (as Docker mounts secrets); an argument to ``connect`` wins.
In production mode a start with unsafe settings is refused: there is no default secret.

Kubernetes and Docker put the addresses of other containers into the environment, such as
``DESPERADOS_PORT=tcp://10.0.0.7:8420`` for a service called ``desperados``. Those are no settings.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import structlog
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from desperados.engine.errors import ConfigurationError
from desperados.engine.safety.settings import PREFIX, is_service_link, misspelt, open_door, weakness

log = structlog.get_logger(__name__)

MINIMUM_PASSWORD_MEMORY_KIB = 19_456  # OWASP Password Storage Cheat Sheet, argon2id

BESIDE, CLOSED = "beside", "closed"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
_LISTENER = re.compile(r"(?P<host>[^\s:\[\]]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")


class Mode(StrEnum):
    """How strict the start is."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """All settings with their defaults. Times are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        # What a platform was given no value for is not set.
        env_ignore_empty=True,
        secrets_dir="/run/secrets",
        extra="forbid",
        frozen=True,
    )

    mode: Mode = Mode.DEVELOPMENT
    mongodb_url: str | None = Field(
        None, description="MongoDB URL; none runs the embedded engine in memory"
    )
    mongodb_server_selection_timeout: float = Field(
        10.0, gt=0, description="how long an operation waits for a server that can take it"
    )
    mongodb_connect_timeout: float = Field(
        5.0, gt=0, description="how long a connection to MongoDB may take to open"
    )
    mongodb_socket_timeout: float = Field(
        30.0, gt=0, description="how long MongoDB may take to answer a statement"
    )
    mongodb_wait_queue_timeout: float = Field(
        10.0, gt=0, description="how long an operation waits for a free connection to MongoDB"
    )
    redis_url: str | None = Field(None, description="Redis URL; none runs a stand-in in memory")
    open_databases: bool = Field(
        False, description="production takes databases that only the network protects"
    )
    redis_connections: int = Field(
        50, ge=1, description="connections to Redis of one process; who finds none free waits"
    )
    redis_connect_timeout: float = Field(
        2.0, gt=0, description="how long a connection to Redis may take to open"
    )
    redis_socket_timeout: float = Field(
        2.0, gt=0, description="how long Redis may take to answer a command"
    )
    redis_wait_queue_timeout: float = Field(
        5.0, gt=0, description="how long a command waits for a free connection to Redis"
    )
    database: str = Field("desperados", min_length=1, max_length=63)

    host: str = "127.0.0.1"
    port: int = Field(8420, ge=0, le=65535)
    trusted_proxies: int = Field(
        0, ge=0, description="reverse proxies in front whose X-Forwarded-For is believed"
    )
    cors_origins: str = Field(
        "",
        description="origins whose pages may call the API, separated by spaces "
        "(https://play.example.org), or *",
    )
    docs: bool = Field(True, description="whether /docs and /openapi.json are served")
    metrics: str = Field(
        BESIDE,
        description=f"where /metrics is served: '{BESIDE}' (beside the API), '{CLOSED}' or "
        "HOST:PORT, a listener of its own",
    )
    max_body_bytes: int = Field(64 * 1024, ge=1024)
    request_timeout: float = Field(15.0, gt=0)
    keepalive_timeout: float = Field(
        75.0, gt=0, description="how long a connection may wait for its next request"
    )
    max_connections: int = Field(4096, ge=1, description="connections that one process takes")
    max_connections_per_address: int = Field(
        256, ge=1, description="connections of one address, where no proxies are trusted"
    )
    shutdown_timeout: float = Field(
        10.0, ge=0, description="how long requests in flight may take when the server stops"
    )
    shutdown_notice: float = Field(
        0.0, ge=0, description="how long readiness is 503 before connections are refused"
    )
    rate_limit_scale: float | None = Field(
        None, gt=0, description="multiplies every rate limit; 1 in production, 10 in development"
    )

    sending_age_hours: float | None = Field(
        None,
        ge=0,
        description="how old a character must be to send, trade or sell; 24 in production, else 0",
    )

    token_secret: SecretStr | None = Field(
        None, description="signs access tokens; required in production, random per start otherwise"
    )
    access_token_minutes: int = Field(15, ge=1, le=60)
    refresh_token_days: int = Field(30, ge=1, le=90)
    session_family_days: int = Field(90, ge=1, description="a login lasts no longer than this")
    password_time_cost: int = Field(3, ge=1, description="argon2id: passes over the memory")
    password_memory_kib: int = Field(65_536, ge=8, description="argon2id: memory of one hash")
    password_parallelism: int = Field(4, ge=1, le=16, description="argon2id: lanes of one hash")

    transaction_deadline: float = Field(
        10.0, gt=0, description="after this long a command gives up with Contention"
    )
    command_record_days: int = Field(
        30, ge=1, description="how long an idempotency key is remembered"
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    log_format: LogFormat = LogFormat.CONSOLE

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library hands over all of them
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then those variables of the environment that are meant for this package, then
        files."""
        assert isinstance(env_settings, EnvSettingsSource)
        variables = env_settings.env_vars.items()
        env_settings.env_vars = {n: v for n, v in variables if not is_service_link(n, v)}
        if _secrets_folder().is_dir():
            return init_settings, env_settings, file_secret_settings
        return init_settings, env_settings

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_origins(cls, value: str) -> str:
        for origin in value.split():
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    "an origin is https://host or https://host:port, in small letters and "
                    "without a path; several are separated by spaces"
                )
        return value

    @field_validator("metrics")
    @classmethod
    def _metrics_are_somewhere(cls, value: str) -> str:
        if value not in {BESIDE, CLOSED}:
            _listener(value)
        return value

    def metrics_listener(self) -> tuple[str, int] | None:
        """Host and port of the listener of its own that serves the metrics, if one does."""
        return None if self.metrics in {BESIDE, CLOSED} else _listener(self.metrics)

    def mongodb_timeouts(self) -> dict[str, int]:
        """The options of the driver that bound how long it waits, in milliseconds."""
        waits = {
            "serverSelectionTimeoutMS": self.mongodb_server_selection_timeout,
            "connectTimeoutMS": self.mongodb_connect_timeout,
            "socketTimeoutMS": self.mongodb_socket_timeout,
            "waitQueueTimeoutMS": self.mongodb_wait_queue_timeout,
        }
        return {option: max(1, round(seconds * 1000)) for option, seconds in waits.items()}

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.mode is Mode.PRODUCTION:
            if self.token_secret is None:
                raise ValueError("DESPERADOS_TOKEN_SECRET is not set; " + HOW_TO_MAKE_A_SECRET)
            if why := weakness(self.token_secret.get_secret_value()):
                raise ValueError(
                    f"DESPERADOS_TOKEN_SECRET is too weak: {why}; {HOW_TO_MAKE_A_SECRET}"
                )
            if self.mongodb_url is None or self.mongodb_url.startswith("embedded:"):
                raise ValueError(
                    "production needs a MongoDB replica set: set DESPERADOS_MONGODB_URL "
                    "(the embedded engine is for development and tests)"
                )
            if self.redis_url is None:
                raise ValueError("production needs Redis: set DESPERADOS_REDIS_URL")
            if not self.open_databases:
                _require_closed("DESPERADOS_MONGODB_URL", self.mongodb_url)
                _require_closed("DESPERADOS_REDIS_URL", self.redis_url)
            if self.password_memory_kib < MINIMUM_PASSWORD_MEMORY_KIB:
                raise ValueError(
                    "DESPERADOS_PASSWORD_MEMORY_KIB is below the safe minimum of "
                    f"{MINIMUM_PASSWORD_MEMORY_KIB}"
                )
        return self


def _listener(text: str) -> tuple[str, int]:
    found = _LISTENER.fullmatch(text)
    if found is None or int(found["port"]) > 65535:
        raise ValueError(f"say '{BESIDE}', '{CLOSED}' or HOST:PORT (127.0.0.1:9420, [::1]:9420)")
    return found["host"].strip("[]"), int(found["port"])


HOW_TO_MAKE_A_SECRET = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105


def _require_closed(variable: str, url: str) -> None:
    if why := open_door(url):
        raise ValueError(
            f"whoever reaches the database of {variable} is in it: {why}; give it a password and "
            "name it in the URL (scheme://user:password@host), or, if the network keeps everybody "
            f"else out, set {PREFIX}OPEN_DATABASES=true"
        )


def _secrets_folder() -> Path:
    """Where secrets are files, on platforms that have them."""
    return Path(str(Settings.model_config.get("secrets_dir")))


def _require_known_names() -> None:
    """Refuse what is nearly called like a setting: what was meant would silently not be so.

    That are variables, and files of secrets. Others that begin like ours are told in the log: they
    may be somebody else's.
    """
    names = (PREFIX + name for name in Settings.model_fields)
    folder = _secrets_folder()
    files = {file.name: "" for file in folder.iterdir()} if folder.is_dir() else {}
    found = misspelt({**os.environ, **files}, names)
    meant = [f"{name} is no setting; did you mean {near}?" for name, near in found.items() if near]
    if meant:
        raise ConfigurationError("The settings are not usable. " + " ".join(meant))
    for name in found:
        log.warning("unknown_setting", variable=name)


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment with ``overrides`` on top.

    Raises:
        ConfigurationError: a value is missing, unknown or unsafe, or a variable is nearly called
            like a setting; the text names the setting and never repeats its value.
    """
    try:
        _require_known_names()
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" if e["loc"] else e["msg"]
            for e in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"The settings are not usable. {problems}") from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}") from error
