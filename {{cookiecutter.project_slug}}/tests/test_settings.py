import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode

from app.settings import ROOT, Settings, misspelt_names, read_settings
from scripts.env_example import as_text, entries

EXAMPLE = ROOT / ".env.example"
# The smallest value that each takes.
SMALLEST = {
    "max_body_bytes": 1,
    "idempotency_ttl": 1.0,
    "request_timeout": 0.1,
    "readiness_timeout": 0.1,
    "drain_delay": 0.0,
    # % if cookiecutter.telemetry == "full"
    "trace_sample_ratio": 0.0,
    # % endif
    # % if cookiecutter.auth == "accounts"
    "session_ttl": 1.0,
    # % endif
    # % if cookiecutter.database != "none"
    "database_pool_size": 1,
    "database_timeout": 0.1,
    # % endif
    # % if cookiecutter.model_serving == "onnx"
    "model_threads": 1,
    "model_batch_size": 1,
    "model_queue_size": 100,
    # % endif
    # % if cookiecutter.tasks == "redis"
    "redis_timeout": 0.1,
    # % endif
    # % if cookiecutter.tasks == "redis" or cookiecutter.tasks == "postgresql"
    "worker_port": 0,
    # % endif
    # % if cookiecutter.tasks != "none"
    "task_concurrency": 1,
    "task_queue_size": 1,
    "task_timeout": 0.1,
    "task_result_max_bytes": 1,
    # % if cookiecutter.tasks != "in-process" or cookiecutter.database != "none"
    "task_lease": 2.0,
    # % endif
    "task_grace": 0.0,
    "task_ttl": 1.0,
    # % endif
}


def read(settings: Settings, env_file: Path | None = None) -> Settings:
    """What the environment and a file say. What has no default is the same as in the fixture."""
    required = [name for name, field in Settings.model_fields.items() if field.is_required()]
    return Settings(_env_file=env_file, **{name: getattr(settings, name) for name in required})


def test_the_example_is_what_the_settings_say() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("# %")) + "\n\n"
    remedy = "run: uv run python scripts/env_example.py > .env.example"
    assert [entry for entry in entries(Settings) if f"\n\n{entry}\n\n" not in text] == [], remedy
    shown = {name.lower() for name in re.findall(r"^(?:# )?([A-Z0-9_]+)=", text, re.MULTILINE)}
    assert shown - {*Settings.model_fields} == set(), remedy


def test_the_example_works_as_it_is(settings: Settings) -> None:
    assert read(settings, EXAMPLE).environment == "development"


def test_what_is_commented_out_is_the_default(settings: Settings, tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    defaults = tmp_path / "env"
    shown = [line.removeprefix("# ") for line in lines if re.match("# [A-Z0-9_]+=", line)]
    defaults.write_text("\n".join(shown), encoding="utf-8")
    assert read(settings, defaults) == read(settings)


def test_an_example_says_what_each_setting_is_for_and_what_must_be_set() -> None:
    class Team(BaseSettings):
        key: str
        """Of the shop:
        it has no default."""
        debug: bool = False
        limit: float | None = None
        hosts: Annotated[tuple[str, ...], NoDecode] = ("a", "b")
        other: Annotated[tuple[str, ...] | None, NoDecode] = None
        sizes: list[int] = [1, 2]
        made: list[int] = Field(default_factory=list)

    assert entries(Team) == [
        "# Of the shop: it has no default.\nKEY=",
        "# DEBUG=false",
        "# LIMIT=",
        "# HOSTS=a,b",
        "# OTHER=",
        "# SIZES=[1,2]",
        "# MADE=",
    ]


def test_the_environment_wins_over_the_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert read(settings, EXAMPLE).environment == "production"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a container finds its secrets."""
    monkeypatch.setattr("app.settings.SECRETS", tmp_path)
    monkeypatch.setattr(Settings, "model_config", {**Settings.model_config, "secrets_dir": tmp_path})
    return tmp_path


def test_a_secret_is_a_file_and_the_environment_wins_over_it(
    settings: Settings, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "log_level").write_text("ERROR\n", encoding="utf-8")
    assert read(settings).log_level == "ERROR"
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    assert read(settings).log_level == "WARNING"


def test_a_secret_that_may_not_be_read_is_named(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_text = Path.read_text

    def refuse(path: Path, *arguments: Any, **options: Any) -> str:
        if path.parent == secrets:
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *arguments, **options)

    (secrets / "log_level").touch()
    # No file refuses root, as which tests may run.
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SystemExit, match=r"Permission denied: '.*/log_level'"):
        read_settings()


def test_a_misspelt_name_of_a_secret_is_noticed(secrets: Path) -> None:
    (secrets / "log_levle").write_text("ERROR", encoding="utf-8")
    assert misspelt_names()["LOG_LEVLE"] == "LOG_LEVEL"


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example, https://b.example,",
        "https://A.example/ https://b.example/",
        "https://a.example:443 https://b.example",
        '["https://a.example", "https://b.example"]',
    ],
)
def test_origins_are_read_as_browsers_write_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", text)
    assert read(settings).cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/path",
        "https://a.example, b.example",
        "https://*.example",
        "https://user@a.example",
        "https://a.example?",
        "https://a.example:port",
        "null",
        "//a.example",
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", text)
    with pytest.raises(ValidationError, match="origins without a path"):
        read(settings)


@pytest.mark.parametrize(
    "text", ["api.example.com:443", "https://a.example", "a*.example", "*", "a.example/"]
)
def test_what_is_no_name_of_a_host_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", text)
    with pytest.raises(ValidationError, match="names without scheme and port"):
        read(settings)


@pytest.mark.parametrize("text", ["0/minute", "100", "100 per minute", "1.5/hour", "100/2minutes", "-1/day"])
def test_what_is_no_rate_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RATE_LIMIT", text)
    with pytest.raises(ValidationError, match="such as 100/minute"):
        read(settings)


def test_what_is_empty_is_the_default_and_other_names_are_ignored(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("LOG_LEVEL=\nNOT_OURS=1\n")
    assert read(settings, tmp_path / "env").log_level == "INFO"


def test_settings_do_not_change(settings: Settings) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.log_level = "DEBUG"  # ty: ignore[invalid-assignment]


@pytest.mark.parametrize("name", SMALLEST)
def test_a_number_out_of_bounds_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    smallest = SMALLEST[name]
    monkeypatch.setenv(name.upper(), str(smallest))
    assert getattr(read(settings), name) == smallest
    less = smallest - (1 if isinstance(smallest, int) else 0.01)
    for value in (str(less), str(10**20), "inf", "nan"):
        monkeypatch.setenv(name.upper(), value)
        with pytest.raises(ValidationError, match=name):
            read(settings)


def test_a_wrong_value_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError, match="log_level"):
        read(settings)


WRONG = {
    "LOG_LEVEL": "s3cret",
    "CORS_ORIGINS": "https://s3cret.example:65536",
    "ALLOWED_HOSTS": "https://s3cret.example",
    "RATE_LIMIT": "s3cret",
    # % if cookiecutter.telemetry != "none"
    "METRICS_TOKEN": "s3cret",
    # % endif
    # % if cookiecutter.telemetry == "full"
    "TRACE_SAMPLE_RATIO": "1.5",
    # % endif
    # % if cookiecutter.tasks == "redis" or cookiecutter.tasks == "postgresql"
    "WORKER_PORT": "65536",
    # % endif
    "READINESS_TIMEOUT": "nan",
    # % if cookiecutter.database != "none"
    "DATABASE_URL": "mysql://user:s3cret@host/name",
    "DATABASE_POOL_SIZE": "0",
    # % endif
    # % if cookiecutter.tasks == "redis"
    "REDIS_URL": "user:s3cret@host:6379",
    # % endif
    # % if cookiecutter.tasks != "none"
    "TASK_TIMEOUT": "0",
    "TASK_TTL": "1e308",
    # % endif
}
COMMANDS = [
    ["-m", "uvicorn", "app.main:app"],
    # % if cookiecutter.tasks == "redis" or cookiecutter.tasks == "postgresql"
    ["-m", "app.worker"],
    # % endif
    # % if cookiecutter.database != "none"
    ["-m", "alembic", "current"],
    # % endif
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_wrong_value_is_named_and_none_is_shown(command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        # Whatever the .env of this machine says.
        env=os.environ | {"ENVIRONMENT": "production"} | WRONG,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode
    assert {name for name in WRONG if f"  {name}: " in run.stderr} == {*WRONG}
    assert "Traceback" not in run.stderr
    assert "s3cret" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"LOG_LEVEL: DEBUG\n", ", line 1: It has to be NAME=value"),
        (b"# One\n\nLOG_LEVEL='DEBUG\nRATE_LIMIT=1/day\n", ", line 3: .* a quote needs its end"),
        ("LOG_LEVEL=DEBUG".encode("utf-16"), ": It has to be in UTF-8"),
    ],
)
def test_a_file_that_would_be_read_in_part_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, said: str
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(content)
    with pytest.raises(SystemExit, match=rf"{re.escape(str(file))}{said}"):
        read_settings(_env_file=file)
    assert not caplog.records


def test_a_file_that_would_be_ignored_is_named(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(tmp_path / "nothing")
    for path in (folder, link):
        with pytest.raises(SystemExit, match=rf"'{re.escape(str(path))}'\. Make it a file"):
            read_settings(_env_file=path)


class Supplier(BaseModel):
    ports: list[int] = []


class Team(Settings):
    own_ports: list[int] = Field(default_factory=list)
    own_limits: dict[str, int] = Field(default_factory=dict)
    own_supplier: Supplier | None = None

    @model_validator(mode="after")
    def has_ports(self) -> Self:
        if 1 in self.own_ports:
            raise ValueError("OWN_PORTS and OWN_LIMITS exclude each other.")
        return self


@pytest.mark.parametrize("name", ["OWN_PORTS", "OWN_LIMITS", "OWN_SUPPLIER"])
def test_a_value_that_is_no_json_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("app.settings.Settings", Team)
    monkeypatch.setenv(name, "s3cret,2")
    with pytest.raises(SystemExit, match=rf"\n  {name}: It has to be JSON, such as \[1, 2\]") as refused:
        read_settings(_env_file=None)
    assert "s3cret" not in str(refused.value)


def test_settings_that_exclude_each_other_have_their_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.settings.Settings", Team)
    monkeypatch.setenv("OWN_PORTS", "[1]")
    with pytest.raises(SystemExit, match="\n  OWN_PORTS and OWN_LIMITS exclude each other\\."):
        read_settings(_env_file=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Supplier(ports=[1]), '{"ports":[1]}'),
        ({"a": SecretStr("b")}, '{"a":"b"}'),
        ((SecretStr("a"),), '["a"]'),
        (timedelta(minutes=1), "PT1M"),
        (Path("a"), "a"),
        (True, "true"),
        (None, ""),
    ],
)
def test_a_process_gets_each_value_as_the_environment_has_it(value: object, text: str) -> None:
    assert as_text(value, FieldInfo()) == text


def test_case_and_spaces_do_not_matter(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", " warning")
    monkeypatch.setenv("ENVIRONMENT", "Production")
    assert (read(settings).log_level, read(settings).environment) == ("WARNING", "production")


def test_a_file_of_windows_is_read(settings: Settings, tmp_path: Path) -> None:
    text = "\ufeffLOG_LEVEL=DEBUG # all of it\r\nCORS_ORIGINS='https://a.example'\r\n"
    (tmp_path / "env").write_bytes(text.encode())
    found = read(settings, tmp_path / "env")
    assert (found.log_level, found.cors_origins) == ("DEBUG", ("https://a.example",))


def test_the_environment_does_not_name_the_service(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TITLE", "of a terminal")
    assert read(settings).title == settings.title != "of a terminal"


# % if cookiecutter.tasks == "redis"
@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://a:port/0",
        "redis://a:65536/0",
        "redis://a/first",
        "a:6379",
    ],
)
def test_what_the_client_of_redis_cannot_use_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(ValueError, match=r"redis://user:password@host:6379/0"):
        Settings.model_validate({**dict(settings), "redis_url": url})


@pytest.mark.parametrize(
    "url", ["rediss://a:b%40@[::1]:1/2?protocol=3", "redis://a", "unix:///run/redis.sock?db=1"]
)
def test_the_usual_addresses_of_redis_are_taken(settings: Settings, url: str) -> None:
    assert Settings.model_validate({**dict(settings), "redis_url": url}).redis_url == url


# % endif
def test_a_misspelt_name_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVLE", "DEBUG")
    monkeypatch.setenv("LOG_LEVEL__A", "part of one")
    assert misspelt_names() == {"LOG_LEVLE": "LOG_LEVEL"}
