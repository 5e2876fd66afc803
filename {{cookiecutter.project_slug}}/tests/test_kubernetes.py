"""The manifests agree with the service: settings, ports, probes, and the time that a stop takes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.settings import ROOT, Settings
from tests.support.secrets import is_secret

BASE = ROOT / "deploy" / "kubernetes" / "base"
OVERLAYS = sorted(BASE.parent.glob("overlays/*/kustomization.yaml"))
# Seconds to close what is open, after all that has a limit of its own.
MARGIN = 5


def read(path: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parsed


# % if cookiecutter.tasks in ("redis", "postgresql")
def is_worker(container: dict[str, Any]) -> bool:
    return "app.worker" in container.get("command", [])


# % endif
def serves(container: dict[str, Any]) -> bool:
    """Only these are looked at here: what else a pod runs has ports and probes of its own, or none."""
    # % if cookiecutter.tasks in ("redis", "postgresql")
    if is_worker(container):
        return True
    # % endif
    return container["image"] == "app" and "command" not in container


MANIFESTS = {path.name: read(path) for path in sorted(BASE.glob("*.yaml"))}
# What serves: the file, the pod and the container.
SERVERS = [
    pytest.param(file, manifest["spec"]["template"]["spec"], container, id=container["name"])
    for file, manifest in MANIFESTS.items()
    if manifest["kind"] == "Deployment"
    for container in manifest["spec"]["template"]["spec"]["containers"]
    if serves(container)
]
# What is read by others than the service.
# % if cookiecutter.telemetry != "full"
OTHERS = ("FORWARDED_ALLOW_IPS", "UVICORN_", "WEB_CONCURRENCY")
# % else
OTHERS = ("FORWARDED_ALLOW_IPS", "UVICORN_", "WEB_CONCURRENCY", "OTEL_")
# % endif
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def config_of(*kustomizations: Path) -> dict[str, str]:
    """The literals of the ConfigMap; those of an overlay win."""
    generators = [each for path in kustomizations for each in read(path).get("configMapGenerator", [])]
    return dict(literal.split("=", 1) for each in generators for literal in each["literals"])


@pytest.fixture(params=OVERLAYS, ids=lambda path: path.parent.name)
def config(request: pytest.FixtureRequest) -> dict[str, str]:
    return config_of(BASE / "kustomization.yaml", request.param)


@pytest.fixture
def deployed(config: dict[str, str], container: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings in a container; what is secret, or known only there, has its default."""
    own = {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}
    for name, value in (config | own).items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


def in_image(pattern: str) -> int:
    """A number in the command of the image."""
    [found] = re.findall(pattern, (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    return int(found)


def test_a_configmap_holds_settings_and_nothing_secret(config: dict[str, str]) -> None:
    remedy = "see app/settings.py, and configMapGenerator in the files kustomization.yaml"
    # A part of a setting has the name of the whole before it.
    delimiter = Settings.model_config.get("env_nested_delimiter") or "="
    for name in config:
        field = Settings.model_fields.get(name.lower().partition(delimiter)[0])
        assert field or name.startswith(OTHERS), f"{name} is no setting: {remedy}"
        hidden = is_secret(field) if field else name.endswith("_HEADERS")
        assert not hidden, f"{name} belongs into the Secret: {remedy}"


def seconds_of_a_stop(settings: Settings) -> float:
    """Until the server stops listening, has no more requests, and has closed its parts."""
    seconds = settings.drain_delay + in_image(r'"--timeout-graceful-shutdown", "(\d+)"')
    # % if cookiecutter.tasks != "none"
    seconds += settings.task_grace
    # % endif
    return seconds + MARGIN


@pytest.mark.parametrize(("file", "pod", "container"), SERVERS)
def test_a_pod_gets_longer_than_a_stop_takes(
    file: str, pod: dict[str, Any], container: dict[str, Any], deployed: Settings
) -> None:
    needed = seconds_of_a_stop(deployed)
    remedy = f"{file}: terminationGracePeriodSeconds has to be at least {needed:g}"
    assert pod["terminationGracePeriodSeconds"] >= needed, remedy


def listening(container: dict[str, Any], settings: Settings) -> int:
    # % if cookiecutter.tasks in ("redis", "postgresql")
    if is_worker(container):
        return settings.worker_port or in_image(r"WORKER_PORT=(\d+)")
    # % endif
    return in_image(r'"--port", "(\d+)"')


@pytest.mark.parametrize(("file", "pod", "container"), SERVERS)
def test_a_port_is_the_one_on_which_the_server_listens(
    file: str, pod: dict[str, Any], container: dict[str, Any], deployed: Settings
) -> None:
    port = listening(container, deployed)
    assert port in [each["containerPort"] for each in container.get("ports", [])], (
        f"{file}: containerPort has to be {port}"
    )
    rules = MANIFESTS["network-policy.yaml"]["spec"]["ingress"]
    allowed = [each["port"] for rule in rules for each in rule["ports"]]
    assert port in allowed, f"network-policy.yaml: ingress has to let {port} pass"


@pytest.mark.parametrize(("file", "pod", "container"), SERVERS)
def test_a_probe_asks_what_is_served_and_only_readiness_asks_the_parts(
    file: str, pod: dict[str, Any], container: dict[str, Any], client: TestClient
) -> None:
    paths = [container[probe]["httpGet"]["path"] for probe in PROBES]
    assert paths == ["/health/live", "/health/live", "/health/ready"], f"{file}: path of a probe"
    assert 404 not in [client.get(path).status_code for path in paths]


@pytest.mark.parametrize(("file", "pod", "container"), SERVERS)
def test_a_readiness_probe_waits_for_the_checks_and_fails_before_the_server_stops(
    file: str, pod: dict[str, Any], container: dict[str, Any], deployed: Settings
) -> None:
    probe = container["readinessProbe"]
    assert probe["timeoutSeconds"] > deployed.readiness_timeout, (
        f"{file}, readinessProbe: timeoutSeconds has to be more than READINESS_TIMEOUT"
    )
    # What gets no requests stops at once.
    if deployed.drain_delay:
        assert deployed.drain_delay > probe["periodSeconds"] * probe["failureThreshold"], (
            f"{file}, readinessProbe: periodSeconds * failureThreshold has to be less than DRAIN_DELAY"
        )
