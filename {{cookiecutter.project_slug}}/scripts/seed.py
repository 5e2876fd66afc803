"""Fills a development database: twenty rows of each domain, as its tests make them."""

import sys
# % if cookiecutter.auth == "accounts"
import uuid
# % endif
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastapi.testclient import TestClient

# % if cookiecutter.auth != "none"
from app.auth.principal import ADMIN, Principal
# % endif
from app.domains import DOMAINS
from app.factory import create_app
from app.settings import Settings, read_settings
# % if cookiecutter.auth != "none"
from tests.support.clients import as_principal
# % endif
from tests.support.fields import Make, Reference

ROWS = 20


def maker_of(domain: str) -> Make:
    """The first function of its factory, such as `make_order`."""
    factory = import_module(f"tests.domains.{domain}.factory")
    own = [each for name, each in vars(factory).items() if name.startswith("make_") and isfunction(each)]
    return next(each for each in own if each.__module__ == factory.__name__)


def seed(client: TestClient, domain: str, makers: dict[Make, str], made: dict[str, list[Any]]) -> None:
    """After those that it refers to. A domain that has rows is left as it is."""
    if domain in made:
        return
    made[domain] = client.get(f"/v1/{domain}", params={"limit": ROWS}).json()["items"]
    references = references_of(domain, makers)
    for other in references.values():
        seed(client, other, makers, made)
    make = maker_of(domain)
    for number in range(0 if made[domain] else ROWS):
        parents = {
            name: made[other][number % len(made[other])]["id"]
            for name, other in references.items()
            if made[other]
        }
        made[domain].append(make(client, **parents))
    print(f"{domain}: {len(made[domain])} rows")


def references_of(domain: str, makers: dict[Make, str]) -> dict[str, str]:
    """Its fields, and the domains that they refer to; what another function makes, it makes for each row."""
    fields = import_module(f"tests.domains.{domain}.factory").FIELDS
    return {
        name: makers[field.make]
        for name, field in fields.items()
        if isinstance(field, Reference) and field.make in makers
    }


def is_production(settings: Settings) -> bool:
    """Only when it says so: what nobody has set means a machine of a developer here."""
    return "environment" in settings.model_fields_set and settings.environment == "production"


def main() -> None:
    # % if cookiecutter.auth == "oidc"
    # Not that the provider is away: nobody logs in here.
    settings = read_settings(log_level="ERROR")
    # % else
    settings = read_settings(log_level="WARNING")
    # % endif
    if is_production(settings):
        sys.exit("ENVIRONMENT=production: here no rows are made up. Unset it, or set it to development.")
    # % if cookiecutter.auth != "none"
    owner = "".join(sys.argv[1:]).strip()
    # % endif
    # % if cookiecutter.auth == "accounts"
    try:
        uuid.UUID(owner)
    except ValueError:
        sys.exit("Say whose the rows are: make seed owner=ID, with the ID that GET /account shows.")
    # % elif cookiecutter.auth != "none"
    if not owner:
        sys.exit("Say whose the rows are, by issuer and subject: make seed owner='https://login.example|ada'")
    # % endif
    domains = [domain.__name__.rpartition(".")[2] for domain in DOMAINS]
    makers, made = {maker_of(domain): domain for domain in domains}, dict[str, list[Any]]()
    with TestClient(create_app(settings)) as client:
        # % if cookiecutter.auth != "none"
        client = as_principal(client, Principal(owner, frozenset({ADMIN})))
        # % endif
        try:
            for domain in domains:
                seed(client, domain, makers, made)
        except AssertionError as error:
            sys.exit(f"A row was refused: {error}\nLet the factory of its tests make one that is allowed.")


if __name__ == "__main__":
    main()
