"""What a service brings for Kubernetes, as kubectl builds it: valid, restricted, at one with the service."""

import re
import shlex
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from support.documents import blocks
from support.fixtures import Render, Rendered
from support.kubernetes import (
    FOLDER,
    OVERLAYS,
    Manifest,
    build,
    complaints,
    containers,
    of_kind,
    parse,
    pods,
    selects,
    states,
)
from support.options import Answers
from support.suites import try_tests
from support.union import write

# In one process: they share the tools and what these have built.
pytestmark = pytest.mark.xdist_group("kubernetes")

PAGE = "docs/kubernetes.md"
# The tests of the service itself.
OWN = "tests/test_kubernetes.py"
# Ports that a pod asks, by the answer that brings the server.
SERVERS = {
    ("database", "postgresql"): 5432,
    ("tasks", "redis"): 6379,
    ("auth", "accounts"): 587,
    ("auth", "oidc"): 443,
    ("telemetry", "full"): 4318,
}
SECRETS = {
    ("database", "postgresql"): "DATABASE_URL",
    ("tasks", "redis"): "REDIS_URL",
    ("model_serving", "onnx"): "OPERATOR_TOKEN",
}
Built = Callable[[str, str], str]


def name_of(answers: Answers) -> str:
    traces = ", traces" if answers["telemetry"] == "full" else ""
    return f"{answers['database']}, {answers['tasks']}{traces}"


STATES = {name_of(answers): answers for answers in states() if answers["telemetry"] != "none"}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tools are installed when they are called first."""
    return tmp_path_factory.mktemp("kubernetes") / "environment"


@pytest.fixture(scope="session")
def built(environment: Path, rendered: Rendered, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What `kubectl apply -k` would send, once however often it is asked for."""

    @cache
    def built(state: str, overlay: str) -> str:
        made = {path: text for path, text in rendered(**STATES[state]).items() if path.startswith(FOLDER)}
        return build(environment, write(made, tmp_path_factory.mktemp("service")), overlay)

    return built


@pytest.fixture(params=product(STATES, OVERLAYS), ids=" in ".join)
def both(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The name of a state, and the overlay."""
    state: tuple[str, str] = request.param
    return state


@pytest.fixture
def answers(both: tuple[str, str]) -> Answers:
    return STATES[both[0]]


@pytest.fixture
def manifests(both: tuple[str, str], built: Built) -> list[Manifest]:
    return parse(built(*both))


def chosen(answers: Answers, table: Mapping[tuple[str, str], object]) -> set[object]:
    return {value for option, value in table.items() if option in answers.items()}


def test_every_combination_that_matters_is_built() -> None:
    assert {(answers["database"], answers["tasks"]) for answers in STATES.values()} == {
        *product(("sqlite", "none"), ("in-process", "none")),
        *product(("postgresql",), ("in-process", "redis", "postgresql", "none")),
    }


def test_a_cluster_knows_every_field(built: Built, environment: Path, tmp_path: Path) -> None:
    for state, overlay in product(STATES, OVERLAYS):
        (tmp_path / f"{state}, {overlay}.yaml").write_text(built(state, overlay), encoding="utf-8")
    assert complaints(environment, *tmp_path.iterdir()) == ""


def test_a_cluster_brings_what_the_answers_need(
    answers: Answers, both: tuple[str, str], manifests: list[Manifest]
) -> None:
    workers = answers["tasks"] in ("redis", "postgresql")
    expected = ["ConfigMap", "Deployment", "NetworkPolicy", "Service"]
    expected += ["Deployment", "PodDisruptionBudget"] if workers else []
    expected += ["PersistentVolumeClaim"] if answers["database"] == "sqlite" else ["PodDisruptionBudget"]
    expected += ["Job"] if answers["database"] == "postgresql" else []
    scales = answers["database"] == "postgresql" and both[1] == "production"
    expected += ["HorizontalPodAutoscaler"] if scales else []
    assert sorted(manifest["kind"] for manifest in manifests) == sorted(expected)


def test_every_environment_has_a_namespace_and_every_object_is_in_it(
    both: tuple[str, str], manifests: list[Manifest]
) -> None:
    assert {each["metadata"]["namespace"] for each in manifests} == {f"my-service-{both[1]}"}
    assert {each["metadata"]["name"].partition("-")[0] for each in manifests} == {"my"}


def test_a_selector_selects_the_pods_that_it_is_for(manifests: list[Manifest]) -> None:
    templates = pods(manifests)
    meant = {each["metadata"]["name"]: each["spec"]["template"] for each in of_kind(manifests, "Deployment")}
    for each in of_kind(manifests, "Deployment", "PodDisruptionBudget"):
        found = [pod for pod in templates if selects(each["spec"]["selector"]["matchLabels"], pod)]
        assert found == [meant[each["metadata"]["name"]]]
    [policy] = of_kind(manifests, "NetworkPolicy")
    assert all(selects(policy["spec"]["podSelector"]["matchLabels"], pod) for pod in templates)
    for pod in templates:
        for spread in pod["spec"].get("topologySpreadConstraints", []):
            assert spread["labelSelector"]["matchLabels"] == pod["metadata"]["labels"]


def test_the_service_leads_to_a_port_of_the_pods_that_serve_requests(manifests: list[Manifest]) -> None:
    [service] = of_kind(manifests, "Service")
    [pod] = [pod for pod in pods(manifests) if selects(service["spec"]["selector"], pod)]
    assert containers(pod)[-1]["name"] == "web"
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]
    assert [port["name"] for port in containers(pod)[-1]["ports"]] == ["http"]


def test_a_probe_asks_a_port_of_its_container(manifests: list[Manifest]) -> None:
    probed = [each for pod in pods(manifests) for each in containers(pod) if "livenessProbe" in each]
    assert len(probed) == len(of_kind(manifests, "Deployment"))
    for container in probed:
        ports = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] in ports, probe
        assert "lifecycle" not in container


def test_every_pod_is_restricted(manifests: list[Manifest]) -> None:
    """As the strictest of the Pod Security Standards asks, and more."""
    for pod in pods(manifests):
        spec = pod["spec"]
        assert spec["securityContext"].items() >= {
            ("runAsNonRoot", True),
            ("runAsUser", 10001),
            ("runAsGroup", 10001),
        }
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert container["resources"]["limits"].keys() == {"memory"}
            assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_every_pod_runs_as_the_user_of_the_image(rendered: Rendered) -> None:
    image = rendered(**next(states()))["Dockerfile"].decode("utf-8")
    assert "\nUSER 10001:10001\n" in image


def test_every_mount_has_its_volume(manifests: list[Manifest]) -> None:
    claims = {claim["metadata"]["name"] for claim in of_kind(manifests, "PersistentVolumeClaim")}
    for pod in pods(manifests):
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        used = {mount["name"] for each in containers(pod) for mount in each["volumeMounts"]}
        assert used == {*volumes}
        asked = [volume["persistentVolumeClaim"] for name, volume in volumes.items() if name == "data"]
        assert {claim["claimName"] for claim in asked} == claims


def test_the_network_lets_pass_what_the_service_needs_and_nothing_else(
    answers: Answers, manifests: list[Manifest]
) -> None:
    [policy] = of_kind(manifests, "NetworkPolicy")
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    egress = [port for rule in policy["spec"]["egress"] for port in rule["ports"]]
    asked = {(port.get("protocol", "TCP"), port["port"]) for port in egress}
    assert asked == {("UDP", 53), ("TCP", 53), *(("TCP", port) for port in chosen(answers, SERVERS))}
    served = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    ports = [port for pod in pods(manifests) for each in containers(pod) for port in each.get("ports", [])]
    assert served == {port["containerPort"] for port in ports}


def test_a_rollout_leaves_no_moment_without_a_pod_but_where_one_file_allows_one_pod(
    answers: Answers, manifests: list[Manifest]
) -> None:
    for deployment in of_kind(manifests, "Deployment"):
        strategy = deployment["spec"]["strategy"]
        if answers["database"] == "sqlite":
            assert strategy == {"type": "Recreate"}
        else:
            assert strategy["type"] == "RollingUpdate"
            assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_only_pods_that_share_their_rows_are_several(
    answers: Answers, both: tuple[str, str], manifests: list[Manifest]
) -> None:
    [web] = [each for each in of_kind(manifests, "Deployment") if each["metadata"]["name"] == "my-service"]
    scalers = of_kind(manifests, "HorizontalPodAutoscaler")
    if answers["database"] == "postgresql":
        # An autoscaler would be undone by each apply.
        assert "replicas" not in web["spec"]
        assert len(scalers) == (both[1] == "production")
    else:
        assert web["spec"]["replicas"] == 1
        assert not scalers
    for scaler in scalers:
        target = scaler["spec"]["scaleTargetRef"]
        assert (target["kind"], target["name"]) == ("Deployment", "my-service")
        assert scaler["spec"]["minReplicas"] >= 2


def test_a_migration_runs_once_a_release(answers: Answers, manifests: list[Manifest]) -> None:
    command = ["python", "-m", "alembic", "upgrade", "head"]
    where = [
        (manifest["kind"], container["name"])
        for manifest in of_kind(manifests, "Deployment", "Job")
        for container in containers(manifest["spec"]["template"])
        if container.get("command") == command
    ]
    expected = {"sqlite": [("Deployment", "migration")], "postgresql": [("Job", "migration")], "none": []}
    assert where == expected[answers["database"]]


def test_the_file_of_a_database_is_on_a_volume_that_the_user_may_write_to(
    answers: Answers, manifests: list[Manifest]
) -> None:
    [config] = of_kind(manifests, "ConfigMap")
    assert ("DATABASE_URL" in config["data"]) == (answers["database"] == "sqlite")
    if answers["database"] == "sqlite":
        folder = str(Path(config["data"]["DATABASE_URL"].removeprefix("sqlite:///")).parent)
        [pod] = pods(manifests)
        assert pod["spec"]["securityContext"]["fsGroup"] == 10001
        for container in containers(pod):
            assert folder in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_a_change_of_the_configuration_is_a_rollout(manifests: list[Manifest]) -> None:
    """The name of a ConfigMap ends with a digest of what is in it."""
    [config] = of_kind(manifests, "ConfigMap")
    assert re.fullmatch("my-service-[a-z0-9]{10}", config["metadata"]["name"])
    for pod in pods(manifests):
        for container in containers(pod):
            named = [each["configMapRef"] for each in container["envFrom"] if "configMapRef" in each]
            assert named == [{"name": config["metadata"]["name"]}]


def test_secrets_are_named_and_not_written(answers: Answers, manifests: list[Manifest]) -> None:
    assert of_kind(manifests, "Secret") == []
    needed = chosen({**answers, "model_serving": "none"}, SECRETS)
    for pod in pods(manifests):
        for container in containers(pod):
            [secret] = [each["secretRef"] for each in container["envFrom"] if "secretRef" in each]
            assert secret == {"name": "my-service"} | ({} if needed else {"optional": True})
            written = {each["name"] for each in container.get("env", [])}
            assert not written & {*SECRETS.values()}


def test_the_page_has_what_finds_every_pod_for_metrics(
    answers: Answers, manifests: list[Manifest], rendered: Rendered
) -> None:
    text = rendered(**answers)[PAGE].decode("utf-8")
    [block] = re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    spec = yaml.safe_load(block)["spec"]
    served = [each["spec"]["template"] for each in of_kind(manifests, "Deployment")]
    assert all(selects(spec["selector"]["matchLabels"], pod) for pod in served)
    assert {pod["metadata"]["labels"][spec["jobLabel"]] for pod in served} == {"my-service"}
    ports = {port["name"] for pod in served for each in containers(pod) for port in each.get("ports", ())}
    assert {each["port"] for each in spec["podMetricsEndpoints"]} == ports


@pytest.mark.parametrize(
    ("literal", "passes"),
    [
        ("OTEL_SERVICE_NAME=shop", True),
        ("FORWARDED_ALLOW_IPS=*", True),
        ("LOG_LEVELS=INFO", False),
        ("OTEL_EXPORTER_OTLP_HEADERS=secret", False),
    ],
)
def test_a_team_may_add_what_uvicorn_and_traces_read(
    literal: str, passes: bool, render: Render, tmp_path: Path
) -> None:
    service = render(tmp_path, {"deployment": "kubernetes", "telemetry": "full"})
    staging = service / FOLDER / "overlays" / "staging" / "kustomization.yaml"
    text = staging.read_text(encoding="utf-8")
    staging.write_text(f"{text.rstrip()}\n      - {literal}\n", encoding="utf-8")
    passed, said = try_tests(service, OWN, "-k", "configmap")
    assert passed == passes, said
    assert passes or f"{literal.partition('=')[0]} " in said


def add(manifest: Path, *containers: Manifest, **values: object) -> None:
    """Add containers to a Deployment, and change its own one."""
    deployment = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    spec = deployment["spec"]["template"]["spec"]
    spec["containers"] = [spec["containers"][0] | values, *containers]
    manifest.write_text(yaml.safe_dump(deployment), encoding="utf-8")


def add_values_from_elsewhere(base: Path) -> None:
    host = {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    secret = {"secretKeyRef": {"name": "other", "key": "password"}}
    add(base / "deployment.yaml", env=[host, {"name": "DATABASE_URL", "valueFrom": secret}])


def add_sidecars(base: Path) -> None:
    proxy = {"name": "proxy", "image": "proxy:1", "ports": [{"containerPort": 9000}]}
    own = {"name": "consumer", "image": "app", "command": ["python", "-m", "app.consumer"]}
    add(base / "deployment.yaml", {"name": "quiet", "image": "quiet:1"}, proxy, own)


def add_worker(base: Path, port: str = "8001") -> None:
    manifest = base / "worker-slow.yaml"
    manifest.write_bytes((base / "worker.yaml").read_bytes())
    env = [{"name": "WORKER_PORT", "value": port}, {"name": "DRAIN_DELAY", "value": "0"}]
    add(manifest, name="worker-slow", env=env)


@pytest.fixture
def base(render: Render, tmp_path: Path) -> Path:
    answers = {"deployment": "kubernetes", "database": "postgresql", "tasks": "redis"}
    return render(tmp_path, answers) / FOLDER / "base"


@pytest.mark.parametrize("addition", [add_values_from_elsewhere, add_sidecars, add_worker])
def test_a_team_may_add_what_kubernetes_has(addition: Callable[[Path], None], base: Path) -> None:
    addition(base)
    passed, said = try_tests(base.parents[2], OWN)
    assert passed, said


def test_what_a_team_adds_is_held_to_its_own_numbers(base: Path) -> None:
    add_worker(base, port="8002")
    passed, said = try_tests(base.parents[2], OWN)
    assert not passed
    assert "worker-slow.yaml: containerPort has to be 8002" in said


def page(rendered: Rendered, answers: Answers, folder: Path) -> Path:
    write(rendered(**answers), folder)
    return folder / PAGE


@pytest.mark.parametrize("model", ["none", "onnx"])
@pytest.mark.parametrize("state", STATES)
def test_the_page_names_every_key_of_the_secret(state: str, model: str, rendered: Rendered) -> None:
    answers = {**STATES[state], "model_serving": model}
    text = rendered(**answers)[PAGE].decode("utf-8")
    named = {key for key in SECRETS.values() if f"`{key}`" in text}
    assert named == chosen(answers, SECRETS)


@pytest.mark.parametrize("state", STATES)
def test_the_commands_of_the_page_are_about_what_is_built(
    state: str, rendered: Rendered, built: Built, tmp_path: Path
) -> None:
    said = [
        shlex.split(line)
        for block in blocks(page(rendered, STATES[state], tmp_path))
        for line in block.splitlines()
    ]
    assert {words[0] for words in said} == {"kubectl"}
    manifests = parse(built(state, "staging"))
    objects = {f"{each['kind'].lower()}/{each['metadata']['name']}" for each in manifests}
    for words in said:
        for flag, known in (("-n", "my-service-staging"), ("-k", f"{FOLDER}/overlays/staging")):
            assert flag not in words or words[words.index(flag) + 1] == known
        named = " ".join(words).replace("delete job ", "delete job/")
        assert {*re.findall(r"\b(?:job|deployment)/[\w-]+", named)} <= objects
    applied = [words for words in said if "apply" in words]
    assert applied[-1] == ["kubectl", "apply", "-k", f"{FOLDER}/overlays/staging"]


def test_what_is_applied_before_the_migration_is_what_it_needs(
    rendered: Rendered, built: Built, tmp_path: Path
) -> None:
    """All but the Deployments: by the selector of the page."""
    state = next(name for name, answers in STATES.items() if answers["tasks"] == "redis")
    [first, _] = [
        shlex.split(line)
        for block in blocks(page(rendered, STATES[state], tmp_path))
        for line in block.splitlines()
        if "apply" in line
    ]
    found = re.fullmatch(r"app\.kubernetes\.io/component notin \((.+)\)", first[-1])
    assert found
    left_out = found[1].split(", ")
    manifests = parse(built(state, "staging"))
    component = "app.kubernetes.io/component"
    later = [each for each in manifests if each["metadata"].get("labels", {}).get(component) in left_out]
    assert later == of_kind(manifests, "Deployment")


def test_what_is_in_the_image_is_what_is_called(manifests: list[Manifest]) -> None:
    """By a command of the image, or by its own: then the server has the limit that the Dockerfile says."""
    for pod in pods(manifests):
        for container in containers(pod):
            assert container["image"] == "registry.example.com/my-service:0.1.0"
            assert "args" not in container
            assert container.get("command", ["python"])[0] == "python"
            assert ("command" not in container) == (container["name"] == "web")


def test_every_manifest_is_in_some_list(rendered: Rendered) -> None:
    for answers in STATES.values():
        made = rendered(**answers)
        for folder in ("base", *(f"overlays/{overlay}" for overlay in OVERLAYS)):
            here = f"{FOLDER}/{folder}/"
            found = {path.removeprefix(here) for path in made if path.startswith(here)}
            listed = yaml.safe_load(made[f"{here}kustomization.yaml"])["resources"]
            assert found - {"kustomization.yaml"} == {*listed} - {"../../base"}
