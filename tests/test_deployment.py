"""The example of a whole world: what an auditor of images and of compositions would look for."""

import configparser
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from desperados.engine.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXACT = re.compile(r":\d+\.\d+\.\d+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?$")
ONCE = {"prepare", "replica-set"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the script makes, beside a copy of it."""
    root = tmp_path_factory.mktemp("world")
    (root / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "make-secrets.sh", root / "deploy")
    subprocess.run(["sh", str(root / "deploy" / "make-secrets.sh")], check=True)
    return root / "secrets"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "pid", "ipc", "devices"}
    assert "build" in service or re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["pids_limit"]
    assert service["mem_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert not [mount for mount in service.get("volumes", ()) if "docker.sock" in mount]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_stays_is_asked_how_it_is(name: str) -> None:
    healthcheck = SERVICES[name].get("healthcheck", {})
    if name in ONCE or name == "worker":
        assert healthcheck.get("disable", name == "replica-set")
    else:
        # What is built has its own in the image.
        assert "test" in healthcheck or ("build" in SERVICES[name] and "HEALTHCHECK" in DOCKERFILE)


def test_every_image_is_named_by_its_exact_version() -> None:
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    bases = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 1
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}", "${BASE}"]
    for image in (*images, *bases):
        assert EXACT.search(image), image


def test_no_secret_is_in_an_environment_an_argument_or_the_image() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert not re.search(r"\$\{", text)  # nothing is taken from the environment of who starts it
    for service in SERVICES.values():
        for variable in service.get("environment", {}):
            assert variable.removeprefix("DESPERADOS_").lower() in Settings.model_fields
            assert not re.search("PASSWORD|SECRET|URL|KEY", variable)
        for secret in service.get("secrets", ()):
            assert secret in COMPOSE["secrets"]
    assert not re.search("(?i)password|secret|token", re.sub(r"#.*", "", DOCKERFILE))
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"  # what gets into an image is listed
    assert not [line for line in ignored if line.startswith("!secret")]
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_nothing_is_published_but_on_loopback_and_data_have_a_network_of_their_own() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name
        if "front" in service.get("networks", ()):
            assert "ports" in service, name


def test_the_script_makes_each_secret_once_and_for_nobody_else(secrets: Path) -> None:
    made = {path.name: path.read_bytes() for path in secrets.iterdir()}
    assert {f"./secrets/{name}" for name in made} == {
        secret["file"] for secret in COMPOSE["secrets"].values()
    }
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    values = [value for name, value in made.items() if not name.endswith("_url")]
    assert len(set(values)) == len(values)
    assert all(re.fullmatch(rb"[0-9a-f]{48,}", value) for value in values)
    subprocess.run(["sh", str(secrets.parent / "deploy" / "make-secrets.sh")], check=True)
    assert made == {path.name: path.read_bytes() for path in secrets.iterdir()}


def test_production_starts_on_what_the_composition_gives(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Settings.model_config, "secrets_dir", str(secrets))
    for name, value in SERVICES["api"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.mode == "production"
    given = {name for name in COMPOSE["secrets"] if name.startswith("desperados_")}
    assert given == set(SERVICES["api"]["secrets"]) == set(SERVICES["worker"]["secrets"])
    assert settings.mongodb_url is not None
    for host in ("mongo1", "mongo2", "mongo3"):
        assert host in settings.mongodb_url
        assert host in (ROOT / "deploy" / "replica-set.js").read_text()
    assert (secrets / "mongodb_password").read_text() in settings.mongodb_url
    assert settings.redis_url is not None
    assert (secrets / "redis_password").read_text() in settings.redis_url


def test_the_image_runs_as_nobody_and_keeps_nothing_of_its_making() -> None:
    last = DOCKERFILE.rsplit("FROM", 1)[1]
    assert re.search(r"^USER [1-9]\d{3,}:[1-9]\d{3,}$", last, re.MULTILINE)
    assert re.findall(r"^COPY (.*)$", last, re.MULTILINE) == [
        "--from=build /opt/desperados /opt/desperados"
    ]
    assert "RUN" not in last
    assert not re.search(r"^ADD|curl|wget|apt-get", DOCKERFILE, re.MULTILINE)
    for line in DOCKERFILE.splitlines():
        if re.search(r"install .*(-r|setuptools)", line):
            assert "--require-hashes" in line or "==" in line


def test_what_the_image_installs_is_what_the_package_asks_for_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.MULTILINE))
    entries = re.split(r"\n(?=\w)", lock.split("\n", 2)[2])
    assert len(entries) == len(pins)
    assert all("--hash=sha256:" in entry for entry in entries)
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for line in setup["options"]["install_requires"].strip().splitlines():
        wanted = Requirement(line)
        name = wanted.name.lower().replace("_", "-")
        assert wanted.specifier.contains(pins[name]), f"{name}: make requirements.lock anew"
