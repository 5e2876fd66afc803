"""What Prometheus reads from the service, by its own parser."""

from collections import Counter

import httpx2
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(client: httpx2.Client, name: str = "") -> Samples:
    """Of one name alone it is quick: after many tests there are thousands of samples."""
    response = client.get("/metrics")
    assert response.status_code == 200
    wanted = [line for line in response.text.splitlines(keepends=True) if line.startswith(name)]
    families = text_string_to_metric_families("".join(wanted))
    samples = [sample for family in families for sample in family.samples]
    return {(each.name, frozenset(each.labels.items())): each.value for each in samples}


def value(client: httpx2.Client, name: str, **labels: str) -> float:
    """0 when there is none."""
    return scrape(client, name).get((name, frozenset(labels.items())), 0)


def total(client: httpx2.Client, name: str, **labels: str) -> float:
    """Of all samples that have these labels, and maybe more."""
    wanted = labels.items()
    found = scrape(client, name).items()
    return sum(value for (each, given), value in found if each == name and wanted <= given)


def counts_by(client: httpx2.Client, name: str, *labels: str) -> Counter[tuple[str, ...]]:
    """The values of some labels, with the sum of the samples that have them."""
    counts: Counter[tuple[str, ...]] = Counter()
    for (each, given), value in scrape(client, name).items():
        if each == name:
            counts[tuple(dict(given)[label] for label in labels)] += int(value)
    return counts


def bounds(client: httpx2.Client, name: str) -> list[float]:
    """The upper ones of the buckets of a histogram."""
    found = scrape(client, f"{name}_bucket")
    return sorted({float(dict(labels)["le"]) for _, labels in found})
