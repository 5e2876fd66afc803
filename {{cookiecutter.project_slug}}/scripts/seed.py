"""Fills a development database: twenty rows of each domain, as its tests make them."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastapi.testclient import TestClient

from app.domains import DOMAINS
from app.factory import create_app
from app.settings import Settings, read_settings
from tests.support.fields import Reference

ROWS = 20


def seed(client: TestClient, domain: str, made: dict[str, list[Any]]) -> None:
    """After those that it refers to. A domain that has rows is left as it is."""
    if domain in made:
        return
    made[domain] = client.get(f"/v1/{domain}", params={"limit": ROWS}).json()["items"]
    factory = import_module(f"tests.domains.{domain}.factory")
    references = {
        name: target(field) for name, field in factory.FIELDS.items() if isinstance(field, Reference)
    }
    for other in references.values():
        seed(client, other, made)
    for number in range(0 if made[domain] else ROWS):
        parents = {
            name: made[other][number % len(made[other])]["id"]
            for name, other in references.items()
            if made[other]
        }
        made[domain].append(factory.FIELDS.create(client, f"/v1/{domain}", parents))
    print(f"{domain}: {len(made[domain])} rows")


def target(field: Reference) -> str:
    """The domain whose factory makes what is referred to."""
    return field.make.__module__.split(".")[2]


def is_production(settings: Settings) -> bool:
    """Only when it says so: what nobody has set means a machine of a developer here."""
    return "environment" in settings.model_fields_set and settings.environment == "production"


def main() -> None:
    settings = read_settings(log_level="WARNING")
    if is_production(settings):
        sys.exit("ENVIRONMENT=production: here no rows are made up. Unset it, or set it to development.")
    made: dict[str, list[Any]] = {}
    with TestClient(create_app(settings)) as client:
        for domain in DOMAINS:
            seed(client, domain.__name__.rpartition(".")[2], made)


if __name__ == "__main__":
    main()
