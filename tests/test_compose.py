"""The Dockerfile and the Compose files in every combination: valid, and as strict as they say."""

import re
from pathlib import Path

import pytest
import yaml
from support.compose import DEVELOPMENT, PRODUCTION, SITE, parsed, texts, written
from support.fixtures import Rendered
from support.options import DEFAULTS
from support.paths import RAW, ROOT
from support.programs import run

GROUP = ("uv", "run", "--isolated", "--only-group", "workflows")
FILES = (DEVELOPMENT, PRODUCTION)
PAGE = "docs/deployment.md"
# Images of others.
OTHERS = {"postgresql", "redis"}


def test_every_compose_file_follows_the_schema(tmp_path: Path) -> None:
    paths = [path for name in FILES for path in written(name, tmp_path)]
    run(*GROUP, "check-jsonschema", "--builtin-schema", "vendor.compose-spec", *paths, cwd=ROOT)


def test_every_dockerfile_is_linted(tmp_path: Path) -> None:
    run(*GROUP, "hadolint", *written("Dockerfile", tmp_path), cwd=ROOT)


def test_the_base_of_an_image_is_the_python_that_was_chosen() -> None:
    for answers, content in texts("Dockerfile"):
        bases = re.findall(r"^FROM (\S+)", content.decode(), re.MULTILINE)
        assert bases == [f"python:{answers['python_version']}-slim"] * 2


def test_the_image_has_the_uv_with_which_it_was_proven() -> None:
    proven = re.search('"(uv==.+)"', (ROOT / "tools" / "get_uv.py").read_text(encoding="utf-8"))
    assert proven
    for path in ("Dockerfile", ".devcontainer/devcontainer.json"):
        assert re.findall(r"uv==[\d.]+", (RAW / path).read_text(encoding="utf-8")) == [proven[1]], path


@pytest.mark.parametrize("name", FILES)
def test_what_a_compose_file_starts_is_bounded_and_written_to_nowhere(name: str, tmp_path: Path) -> None:
    for path in written(name, tmp_path):
        services = parsed(path)["services"]
        for service, about in services.items():
            assert about.get("read_only") or (name == DEVELOPMENT and service in OTHERS), service
            conditions = {need: each["condition"] for need, each in about.get("depends_on", {}).items()}
            assert all(
                wanted in {"service_healthy", "service_completed_successfully"}
                for wanted in conditions.values()
            )
            assert all("healthcheck" in services[need] for need in conditions), conditions
        assert "service" in services


def test_in_development_nothing_is_reached_from_outside(tmp_path: Path) -> None:
    for path in written(DEVELOPMENT, tmp_path):
        services = parsed(path)["services"]
        published = {name: about["ports"] for name, about in services.items() if "ports" in about}
        assert [*published] == ["service"]
        assert {port["host_ip"] for port in published["service"]} == {"127.0.0.1"}
        assert services["service"]["develop"]["watch"]


def test_in_production_only_the_proxy_is_reached_and_all_is_limited(tmp_path: Path) -> None:
    for path in written(PRODUCTION, tmp_path):
        services = parsed(path)["services"]
        assert [name for name, about in services.items() if "ports" in about] == ["proxy"]
        for name, about in services.items():
            assert {*about["deploy"]["resources"]["limits"]} == {"cpus", "memory", "pids"}, name
            assert about["cap_drop"] == ["ALL"], name
            assert about["security_opt"] == ["no-new-privileges:true"], name
            assert about["logging"] == {"driver": "local"}, name
            assert about["restart"] == ("no" if name == "migration" else "unless-stopped"), name
            assert not re.search("(?i)password=|:[^/@ ]+@", str(about.get("environment"))), name
        secrets = {secret["source"] for about in services.values() for secret in about.get("secrets", ())}
        assert {*parsed(path).get("secrets", {})} == secrets


def test_in_production_only_what_needs_a_server_reaches_it(tmp_path: Path) -> None:
    for path in written(PRODUCTION, tmp_path):
        services = parsed(path)["services"]
        inside = {name for name, about in services.items() if "backend" in about["networks"]}
        assert bool(inside) == bool(OTHERS & {*services})
        assert "proxy" not in inside
        for name in OTHERS & {*services}:
            assert [*services[name]["networks"]] == ["backend"]
            # Without capabilities, an image cannot change its user when it starts.
            assert services[name]["user"] not in ("", "0", "root")
        assert not inside or parsed(path)["networks"]["backend"]["internal"]


@pytest.mark.parametrize("telemetry", ["full", "metrics"])
def test_a_client_decides_nothing_of_traces_through_either_proxy(telemetry: str, rendered: Rendered) -> None:
    made = rendered(deployment="docker", telemetry=telemetry)
    trace = {"traceparent", "tracestate", "baggage"} if telemetry == "full" else set()
    caddy = re.findall(r"header_up -(\w+)", made["deploy/Caddyfile"].decode())
    nginx = re.findall(r'proxy_set_header (\w+) "";', made["docs/operations.md"].decode())
    assert ({*caddy}, {*nginx} - {"Connection"}) == (trace, trace)


def test_in_production_the_collector_of_traces_is_the_one_of_the_caller(tmp_path: Path) -> None:
    given = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318",
        "OTEL_RESOURCE_ATTRIBUTES": "a=b",
    }
    for path, (state, _) in zip(written(PRODUCTION, tmp_path), texts(PRODUCTION), strict=True):
        services = parsed(path, {**SITE, **given})["services"]
        for name in {"service", "worker"} & {*services}:
            found = {key: value for key, value in services[name]["environment"].items() if value}
            assert (given.items() <= found.items()) == (state["telemetry"] == "full"), name


@pytest.mark.parametrize("tasks", ["in-process", "redis", "none"])
def test_the_page_gives_a_stop_as_long_as_the_compose_file(tasks: str, rendered: Rendered) -> None:
    made = rendered(deployment="docker", tasks=tasks)
    [block] = re.findall(r"^```yaml\n(servers:.*?)^```$", made[PAGE].decode(), re.DOTALL | re.MULTILINE)
    host = yaml.safe_load(block)
    for name, role in host["servers"].items():
        about = yaml.safe_load(made[PRODUCTION])["services"]["service" if name == "web" else name]
        seconds = int(about["stop_grace_period"].removesuffix("s"))
        # The proxy of that host drains, and Docker stops what it has drained.
        stop = role.get("options", {}).get("stop-timeout", host["drain_timeout"])
        assert min(stop, host["drain_timeout"]) >= seconds, name


def test_in_production_the_name_of_the_site_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the name of the site"):
        parsed(next(written(PRODUCTION, tmp_path)), {"SITE": ""})


@pytest.mark.parametrize("name", FILES)
def test_each_part_is_in_the_compose_files_of_those_who_chose_it(name: str, tmp_path: Path) -> None:
    always = {"service", "proxy"} if name == PRODUCTION else {"service"}
    for path, (state, _) in zip(written(name, tmp_path), texts(name), strict=True):
        answers = DEFAULTS | state
        parts = {
            "postgresql": answers["database"] == "postgresql",
            "migration": answers["database"] != "none",
            "redis": answers["tasks"] == "redis",
            "worker": answers["tasks"] in ("redis", "postgresql"),
        }
        assert {*parsed(path)["services"]} == always | {part for part, wanted in parts.items() if wanted}
