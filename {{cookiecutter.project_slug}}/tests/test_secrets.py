"""Secrets of the settings leave the process in no way, and weak ones never get into it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from pydantic import BaseModel, Field, SecretStr

from app.factory import create_app
from app.logs import to_json
from app.settings import ROOT, Settings, as_token, read_settings
from scripts.env_example import as_text
from tests.support.processes import Server, until
from tests.support.secrets import MARK, is_secret, planted, undeclared, with_marks

SECRETS = {name: field for name, field in Settings.model_fields.items() if is_secret(field)}
TOKENS = [name for name, field in SECRETS.items() if as_token.__name__ in str(field.annotation)]


@pytest.fixture
def marked(settings: Settings) -> Settings:
    # % if cookiecutter.auth == "accounts"
    # What production wants of a service that sends mails.
    sender = {"public_url": "https://shop.example/password", "mail_from": "service@shop.example"}
    settings = settings.model_copy(update=sender)
    # % endif
    settings = with_marks(settings)
    return settings.model_copy(update={name: planted(name, field) for name, field in SECRETS.items()})


class Supplier(BaseModel):
    token_url: str = "https://supplier.example"
    password: SecretStr = SecretStr("one")
    secret: str = Field(default="two", repr=False, exclude=True)


class Team(BaseModel):
    """Settings of all kinds that have secrets."""

    supplier: Supplier = Supplier()
    suppliers: dict[str, list[Supplier]] = {"a": [Supplier()]}
    backup_key: SecretStr | None = None
    old_tokens: tuple[SecretStr, ...] = ()
    token_lifetime: int = 60


def test_secrets_are_found_in_whatever_has_them() -> None:
    fields = Team.model_fields
    assert [name for name, field in fields.items() if is_secret(field)] == ["backup_key", "old_tokens"]
    texts = [as_text(planted(name, fields[name]), fields[name]) for name in ("backup_key", "old_tokens")]
    assert texts == [MARK, f'["{MARK}"]']
    supplier = {"token_url": "https://supplier.example", "password": MARK, "secret": MARK}
    assert json.loads(as_text(with_marks(Supplier()), fields["supplier"])) == supplier
    text = as_text(with_marks(Team().suppliers), fields["suppliers"])
    assert json.loads(text) == {"a": [supplier]}
    assert MARK not in with_marks(Team()).model_dump_json() + repr(with_marks(Team()))


def test_what_is_called_a_secret_and_is_not_declared_is_found() -> None:
    class Shop(BaseModel):
        password: str | None = None

    class Careless(Team):
        shops: list[Shop] = []
        shop_token: str = ""

    assert [*undeclared(Team)] == []
    assert [*undeclared(Careless)] == ["shops.password", "shop_token"]


def test_what_is_called_a_secret_is_declared_as_one() -> None:
    remedy = (
        "in app/settings.py, declare it: `shop_token: Token = None`, or a `SecretStr`; "
        "if it is none, tests/support/secrets.py has the names that are harmless, in OTHERS"
    )
    assert [*undeclared(Settings)] == [], remedy


def test_no_secret_is_shown_with_the_settings(marked: Settings) -> None:
    shown = [repr(marked), str(marked), marked.model_dump_json(), str(to_json({"settings": marked}))]
    assert [text for text in shown if MARK in text] == []


@pytest.mark.parametrize("weak", ["short", "x" * 64, "password" * 8, "0123456789abcdef" * 4])
def test_production_takes_no_token_that_can_be_guessed(monkeypatch: pytest.MonkeyPatch, weak: str) -> None:
    for name in TOKENS:
        with monkeypatch.context() as environment:
            environment.setenv(name.upper(), weak)
            with pytest.raises(SystemExit, match=f"{name.upper()}: .*openssl rand -hex 32") as refused:
                read_settings(_env_file=None)
            assert weak not in str(refused.value)
            environment.setenv("ENVIRONMENT", "development")
            assert getattr(Settings(_env_file=None), name) == weak


def test_what_openssl_makes_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOKENS * 100:
        monkeypatch.setenv(name.upper(), os.urandom(32).hex())
        assert getattr(Settings(_env_file=None), name)


@pytest.mark.parametrize("wrong", [None, f"{MARK} " * 2], ids=["good", "wrong"])
def test_a_start_that_fails_shows_no_secret(marked: Settings, wrong: str | None) -> None:
    """LOG_LEVEL fails it; each secret is a good one, or one that may be refused, too."""
    texts = {name: as_text(getattr(marked, name), field) for name, field in Settings.model_fields.items()}
    environment = {name.upper(): text for name, text in texts.items() if MARK in text}
    # One that is no JSON, and has to be, would be named alone.
    environment |= {name: wrong for name, text in environment.items() if wrong and text[0] not in "[{"}
    environment["LOG_LEVEL"] = MARK
    run = subprocess.run(
        [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0", "--lifespan", "on"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode
    assert "  LOG_LEVEL: " in run.stderr
    assert MARK not in run.stdout + run.stderr


@pytest.fixture
def server(marked: Settings, tmp_path: Path) -> Iterator[Server]:
    server = Server(marked.model_copy(update={"log_level": "DEBUG"}), tmp_path / "log")
    try:
        yield server
    finally:
        server.kill()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_secret_leaves_a_process_whose_services_are_away(server: Server, marked: Settings) -> None:
    """Some parts cannot be opened then; whatever is said of that is searched too."""
    until(lambda: server.get("/health/live") == 200 or not server.is_alive(), 90)
    responses: list[str] = []
    if server.is_alive():
        others = {getattr(route, "path", "/nowhere") for route in create_app(marked).routes}
        paths = others.union(server.client.get("/openapi.json").json()["paths"])
        headers = {"Authorization": f"Bearer {MARK}"}
        for path in paths:
            for method in ("GET", "POST"):
                # Streams and slow jobs are cut off, after what a lost database takes.
                request = server.client.stream(method, path, json={}, headers=headers, timeout=12)
                with suppress(httpx2.TransportError), request as response:
                    responses.append(f"{response.headers} {next(response.iter_text(), '')}")
    server.stop()
    said = server.log.read_text() + "".join(responses)
    remedy = "if a setting refuses what is planted there, tests/support/secrets.py: planted(name, field)"
    assert "service_stopped" in said, f"{said[-2000:]}\n{remedy}"
    assert MARK not in said
