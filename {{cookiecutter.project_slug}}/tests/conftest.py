"""The service as its clients see it: a running application, and a client of it."""

import gc
import os
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import factory
from app.domains import DOMAINS
from app.factory import create_app
from app.settings import Settings
from scripts.env_example import as_text
# % if cookiecutter.auth == "none"
from tests.support import probe

# % elif cookiecutter.auth == "accounts"
from tests.support import probe
from tests.support.principals import with_principals

# % else
from tests.support import probe
from tests.support.issuer import SmallIssuer
from tests.support.principals import with_principals

# % endif
# Most tests make an application, of a hundred thousand objects: to look for garbage as often as Python does
# by default would be a fifth of their time.
gc.set_threshold(20_000)

pytest_plugins = [
    # % if cookiecutter.auth != "none"
    "tests.support.clients",
    # % endif
    "tests.support.domain",
    "tests.support.processes",
    # % if cookiecutter.database == "postgresql"
    "tests.support.postgresql",
    # % endif
    # % if cookiecutter.database == "sqlite"
    "tests.support.sqlite",
    # % endif
    # % if cookiecutter.database != "none"
    "tests.support.tables",
    # % endif
    # % if cookiecutter.auth != "none"
    "tests.support.signed_in",
    # % endif
    # % if cookiecutter.auth == "accounts"
    "tests.support.accounts",
    "tests.support.mailbox",
    # % endif
    # % if cookiecutter.auth == "oidc"
    "tests.support.oidc",
    # % endif
    # % if cookiecutter.tasks == "postgresql"
    "tests.support.procrastinate",
    # % endif
    # % if cookiecutter.tasks == "redis"
    "tests.support.docket",
    # % endif
    # % if cookiecutter.tasks == "in-process"
    "tests.support.in_process",
    # % endif
    # % if cookiecutter.tasks == "in-process" or cookiecutter.tasks == "postgresql"
    "tests.support.queue_in_database",
    # % endif
    # % if cookiecutter.tasks != "none"
    "tests.support.waiting",
    # % endif
]


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """No setting of the developer's; one without a default has the first of its examples."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [*os.environ]:
            # The part of one has the name of the whole before it.
            if name.lower().partition("__")[0] in Settings.model_fields:
                environment.delenv(name)
        for name, field in Settings.model_fields.items():
            if field.is_required():
                assert field.examples, f"Tests need a value: app/settings.py, {name} = Field(examples=[...])"
                environment.setenv(name.upper(), as_text(field.examples[0], field))
        yield


@pytest.fixture
def settings(
    environment: None,
    # % if cookiecutter.database != "none"
    database_url: str,
    # % endif
    # % if cookiecutter.tasks != "none"
    queue: dict[str, object],
    # % endif
    # % if cookiecutter.auth != "none"
    signed_in: None,
    # % endif
    # % if cookiecutter.auth == "oidc"
    issuer: SmallIssuer,
    # % endif
) -> Settings:
    """The defaults, whatever `.env` of the developer says."""
    settings = Settings(
        _env_file=None,
        # % if cookiecutter.database != "none"
        database_url=database_url,
        # % endif
        # % if cookiecutter.auth == "oidc"
        oidc_issuer=issuer.url,
        # % endif
    )
    # % if cookiecutter.tasks != "none"
    settings = settings.model_copy(update={"task_grace": 2, "task_lease": 2, **queue})
    # % endif
    return settings


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """With the probe. Add routes to it, when a test needs other ones; `client` then serves them."""
    # % if cookiecutter.auth != "none"
    # A router that only a test has is guarded by scopes of its name: list it in OF_TESTS of `principals.py`.
    # % endif
    monkeypatch.setattr(factory, "DOMAINS", [*DOMAINS, probe])
    # % if cookiecutter.auth != "none"
    return with_principals(create_app(settings))


    # % else
    return create_app(settings)


    # % endif
@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        # % if cookiecutter.model_serving == "onnx"
        assert client.portal
        client.portal.call(client.app_state["model"].loaded)
        # % endif
        yield client
