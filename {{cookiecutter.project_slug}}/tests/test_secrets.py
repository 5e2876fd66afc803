"""Secrets of the settings leave the process in no way, and weak ones never get into it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.factory import create_app
from app.logs import to_json
from app.settings import ROOT, Settings, as_token, read_settings
from tests.support.processes import Server, until

# As long and as mixed as a good one, and found in any text.
MARK = "PLANTED-8f14e45fceea167a5a36dedd4bea2543"
NAMES = re.compile(r"token|password|passphrase|secret|credential|(^|_)key$")


def is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr or bool(field.exclude and not field.repr)


def planted(name: str, default: object) -> str:
    """The secret of an address is its password; nothing listens there."""
    if not name.endswith("_url"):
        return MARK
    # Without a default, the scheme is what the setting is called after.
    is_text = isinstance(default, str)
    scheme, path = (default.partition("://")[0], "/1") if is_text else (name.removesuffix("_url"), "")
    return f"{scheme}://user:{MARK}@127.0.0.1:1{path}"


FIELDS = {name: field for name, field in Settings.model_fields.items() if is_secret(field)}
SECRETS = {name: planted(name, field.default) for name, field in FIELDS.items()}
TOKENS = [name for name, field in FIELDS.items() if as_token.__name__ in str(field.annotation)]


@pytest.fixture
def marked(settings: Settings) -> Settings:
    # % if cookiecutter.auth == "accounts"
    # What production wants of a service that sends mails.
    sender = {"public_url": "https://shop.example/password", "mail_from": "service@shop.example"}
    settings = settings.model_copy(update=sender)
    # % endif
    kinds = {name: SecretStr if field.annotation is SecretStr else str for name, field in FIELDS.items()}
    return settings.model_copy(update={name: kinds[name](value) for name, value in SECRETS.items()})


def test_what_is_called_a_secret_is_declared_as_one() -> None:
    """In app/settings.py: `shop_token: Token = None`, or a `SecretStr`."""
    fields = Settings.model_fields.items()
    assert [name for name, field in fields if NAMES.search(name) and not is_secret(field)] == []


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


@pytest.mark.parametrize("value", [None, f"{MARK} " * 2], ids=["good", "wrong"])
def test_a_start_that_fails_shows_no_secret(value: str | None) -> None:
    """LOG_LEVEL fails it; each secret is a good one, or one that may be refused, too."""
    environment = {name.upper(): value or good for name, good in SECRETS.items()} | {"LOG_LEVEL": MARK}
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
                # Streams and slow jobs are cut off.
                with server.client.stream(method, path, json={}, headers=headers, timeout=30) as response:
                    responses.append(f"{response.headers} {next(response.iter_text(), '')}")
    server.stop()
    said = server.log.read_text() + "".join(responses)
    assert "service_stopped" in said
    assert MARK not in said
