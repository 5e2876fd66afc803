"""The dashboard and the alert rules: of the parts that were chosen, and of nothing that no scrape has."""

import json
import re
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.fixtures import Render
from support.live import live
from support.options import Answers, possible

PARTS: dict[str, Answers] = {
    "Database": {"database": "sqlite"},
    "Tasks": {"tasks": "in-process"},
    "Model": {"model_serving": "onnx"},
}
NONE = {"database": "none", "tasks": "none", "model_serving": "none"}
FUNCTIONS = {
    "sum",
    "rate",
    "increase",
    "max",
    "by",
    "le",
    "histogram_quantile",
    "absent",
    "or",
    "label_replace",
}
# What Prometheus itself adds.
ADDED = {"job", "namespace"}


def folder_of(service: Path) -> Path:
    return service / "deploy" / "observability"


def expressions(service: Path) -> list[str]:
    """Of every panel and every rule."""
    dashboard = json.loads((folder_of(service) / "dashboard.json").read_text(encoding="utf-8"))
    rules = yaml.safe_load((folder_of(service) / "alerts.yaml").read_text(encoding="utf-8"))
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return panels + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def names_in(expression: str) -> tuple[set[str], set[str]]:
    """Metrics, and labels by which something is selected or summed."""
    labels = {name for group in re.findall(r"by \(([^)]*)\)", expression) for name in group.split(", ")}
    labels |= set(re.findall(r"[{,]\s*(\w+)\s*[=!]~?", expression))
    plain = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)|\$\w+|\"[^\"]*\"", " ", expression)
    return set(re.findall(r"[a-z_]{2,}\w*", plain)) - FUNCTIONS, labels - ADDED


@pytest.fixture(scope="module")
def scraped(render_once: Path) -> dict[str, set[str]]:
    """The labels of each metric, from a service under load."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with live(render_once, f"sqlite:///{render_once / 'observed.db'}") as service:
        load(service.client)
        text = service.client.get("/metrics").text
    found["up"] = set()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] |= sample.labels.keys()
    return found


def load(client: httpx2.Client) -> None:
    """Something of everything that is measured."""
    for number in range(20):
        client.post("/v1/orders", json={"name": f"order {number}"})
        client.get(f"/v1/orders/{number}")
    task = client.post("/simulations", json={"wait_time": 1}).headers["Location"]
    instances = {"instances": [{"features": [5.1, 3.5, 1.4, 0.2]}]}
    deadline = time.monotonic() + 60
    while (
        client.post("/predict", json=instances).status_code != 200 or not client.get(task).json()["ended_at"]
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def render_once(tmp_path_factory: pytest.TempPathFactory, render: Render) -> Path:
    return render(tmp_path_factory.mktemp("observed"), {"model_serving": "onnx"})


@pytest.mark.timeout(300)
def test_every_metric_and_label_of_them_is_in_a_scrape(
    render_once: Path, scraped: dict[str, set[str]]
) -> None:
    for expression in expressions(render_once):
        metrics, labels = names_in(expression)
        assert metrics, expression
        for metric in metrics:
            assert metric in scraped, expression
            assert labels <= scraped[metric], expression


@pytest.mark.parametrize("part", PARTS)
def test_panels_and_rules_are_of_the_parts_that_were_chosen(
    part: str, render: Render, tmp_path: Path
) -> None:
    for name, answers in {"with": {**NONE, **PARTS[part]}, "without": NONE}.items():
        assert possible(answers)
        service = render(tmp_path / name, answers)
        text = (folder_of(service) / "dashboard.json").read_text(encoding="utf-8")
        titles = {panel["title"].partition(":")[0] for panel in json.loads(text)["panels"]}
        assert (part in titles) == (name == "with")
        assert {"Requests", "Errors", "Duration"} <= titles


def dashboard_of(service: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder_of(service) / "dashboard.json").read_text(encoding="utf-8"))
    return found


def test_a_panel_is_of_one_service(render_once: Path) -> None:
    dashboard = dashboard_of(render_once)
    assert {"job", "namespace"} <= {each["name"] for each in dashboard["templating"]["list"]}
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            selectors = re.findall(r"\{([^}]*)\}", target["expr"])
            assert len(selectors) == len(names_of_metrics(target["expr"]))
            for selector in selectors:
                assert 'namespace=~"$namespace", job="$job"' in selector, panel["title"]


def names_of_metrics(expression: str) -> list[str]:
    plain = re.sub(r"by \([^)]*\)", "", expression)
    return re.findall(r"\b(?:http|database|tasks?|prediction|process)_\w+(?=[{[)])", plain)


def test_the_lines_of_a_panel_have_names_of_their_own(render_once: Path) -> None:
    for panel in dashboard_of(render_once)["panels"]:
        names = [
            target["legendFormat"] + "".join(re.findall('"state", ("[a-z]+")', target["expr"]))
            for target in panel["targets"]
        ]
        assert len({*names}) == len(names), panel["title"]


def test_a_rule_keeps_services_apart(render_once: Path) -> None:
    rules = yaml.safe_load((folder_of(render_once) / "alerts.yaml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        groups = re.findall(r"\b(?:sum|max|min)\b(?: by \(([^)]*)\))?", rule["expr"])
        assert all(group.startswith("namespace, job") for group in groups), rule["alert"]


def test_the_pages_name_the_job_that_an_alert_is_about(render_once: Path) -> None:
    [group] = yaml.safe_load((folder_of(render_once) / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    [down] = [rule["expr"] for rule in group["rules"] if rule["alert"] == "ServiceDown"]
    text = (render_once / "docs" / "operations.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```yaml\n(scrape_configs:.*?)^```$", text, re.DOTALL | re.MULTILINE)
    [config] = yaml.safe_load(block)["scrape_configs"]
    assert {*re.findall(r'job="(.+?)"', down)} == {config["job_name"]}


@pytest.mark.parametrize("answers", [NONE, {"model_serving": "onnx"}], ids=["no part", "every part"])
def test_the_rules_pass_their_own_tests(answers: Answers, render: Render, tmp_path: Path) -> None:
    folder = folder_of(render(tmp_path, answers))
    rules = yaml.safe_load((folder / "alerts.yaml").read_text(encoding="utf-8"))
    tests = yaml.safe_load((folder / "alerts_test.yaml").read_text(encoding="utf-8"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    fired: set[Any] = {
        test["alertname"]
        for each in tests["tests"]
        for test in each["alert_rule_test"]
        if test.get("exp_alerts")
    }
    assert fired == alerts
    for command in (("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")):
        subprocess.run(["promtool", *command], cwd=folder, check=True, timeout=60)


def test_a_service_without_metrics_has_none_of_it(render: Render, tmp_path: Path) -> None:
    assert not folder_of(render(tmp_path, {"telemetry": "none"})).exists()
