"""Every setting of the service: from the environment, then `.env`, then secrets, then the defaults below."""

import os
import re
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from dotenv.parser import parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
    SettingsError,
)

# Relative paths start here, from wherever the service is started.
ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / ".env"
# Files that are named after settings, as containers get their secrets.
SECRETS = Path("/run/secrets")
# Up to 65535, in the digits of ASCII: what takes a URL apart refuses others only when it is used.
PORT = r"(:(?a:[0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?"
ORIGIN = re.compile(rf"\*|[a-z][a-z0-9+.-]*://[a-z0-9._-]+{PORT}")
HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")
RATE = re.compile(r"[1-9]\d{0,8}/(second|minute|hour|day)")
NO_JSON = ("dict_type", "list_type", "model_type", "set_type", "tuple_type")
REMEDY = f"Correct them in the environment, {ENV_FILE} or {SECRETS}; .env.example says what each is for."


def in_lower_case(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def in_upper_case(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def as_list(value: object) -> object:
    """Separated by commas; a list in the form of JSON is understood, too."""
    if not isinstance(value, str):
        return value
    return tuple(each.lower() for each in re.split(r'[\s,"\[\]]+', value) if each)


def as_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """As browsers write them."""
    origins = tuple(origin.removesuffix("/") for origin in origins)
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("It has to be `*`, or origins without a path, such as https://shop.example.")
    # No browser names the port that a scheme has anyway.
    return tuple(re.sub(r"(?<=^https)(://.*):443$|(?<=^http)(://.*):80$", r"\1\2", each) for each in origins)


def as_hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    if not all(HOST.fullmatch(host) for host in hosts):
        raise ValueError("It has to be names without scheme and port: api.example.com, *.example.com.")
    return hosts


def as_rate(value: str) -> str:
    if not RATE.fullmatch(value):
        raise ValueError("It has to be a number per second, minute, hour or day, such as 100/minute.")
    return value


def as_token(token: str, info: ValidationInfo) -> str:
    """In production, one that cannot be guessed."""
    is_weak = len(token) < 32 or len({*token}) < 8 or token in (token * 2)[1:-1]
    if is_weak and info.data.get("environment") != "development":
        raise ValueError("It can be guessed. Make one of at least 32 letters: openssl rand -hex 32")
    return token


# % if cookiecutter.auth == "oidc"
def as_issuer(value: str, info: ValidationInfo) -> str:
    """Its keys come from there: on another machine, nobody may change them on their way."""
    found = re.fullmatch(rf"(https?)://([^/?#@\s:]+|\[[^\]]+\]){PORT}(/[^?#\s]*)?", value)
    if not found:
        raise ValueError("It has to be the issuer as the provider writes it, such as https://login.example.")
    is_near = found[2] in ("localhost", "127.0.0.1", "[::1]")
    if found[1] == "http" and not is_near and info.data.get("environment") != "development":
        raise ValueError("It has to be https://: http:// is for this machine, or ENVIRONMENT=development.")
    return value


# % endif
# % if cookiecutter.auth == "accounts"
def as_public_url(value: str, info: ValidationInfo) -> str:
    if not re.fullmatch(rf"https?://(\[[^\]\s]+\]|[^\s#/?:]+){PORT}([/?][^\s#]*)?", value):
        raise ValueError("It has to be a page, without a `#`, such as https://shop.example/password.")
    is_near = re.match(r"https?://(localhost|127\.0\.0\.1|\[::1\])(?![^:/])", value)
    is_open = info.data.get("smtp_url") if is_near else value.startswith("http:")
    if is_open and info.data.get("environment") == "production":
        raise ValueError("Mails link to it: name a page that people can open, https://shop.example/password.")
    return value


def as_mail_from(value: str, info: ValidationInfo) -> str:
    if not re.fullmatch(r"[^\s<>@,]+@[^\s<>@,]+", value):
        raise ValueError("It has to be an address without a name, such as service@shop.example.")
    is_sent = info.data.get("smtp_url") and info.data.get("environment") == "production"
    if is_sent and value.endswith("@localhost"):
        raise ValueError("Mail servers take none from this machine: name one of yours, service@shop.example.")
    return value


def as_smtp_url(value: str | None, info: ValidationInfo) -> str | None:
    if not value and info.data.get("sign_up") and info.data.get("environment") == "production":
        raise ValueError("SIGN_UP sends links by mail: name a mail server, or set SIGN_UP=false.")
    login, server = r"([^/?#@:]+:[^/?#@]*@)?", rf"(\[[^\]]+\]|[^/?#@:]+){PORT}"
    if value and not re.fullmatch(rf"smtps?://{login}{server}/?", value):
        raise ValueError("It has to be smtp://user:password@host:587, with %40 for @ in both of them.")
    return value


# % endif
# % if cookiecutter.database == "postgresql"
def as_postgresql_url(value: str) -> str:
    """Whichever driver it names: there is one here."""
    login, server = r"([^/?#@:]+(:[^/?#@]*)?@)?", rf"(\[[^\]]+\]|[^/?#@:]*){PORT}"
    if not (found := re.fullmatch(rf"postgres(ql)?(\+\w+)?://(?P<rest>{login}{server}/[^/?#]+.*)", value)):
        raise ValueError(
            "It has to be postgresql://user:password@host/database, with %40 for @ in a password."
        )
    return f"postgresql+psycopg://{found['rest']}"


# % endif
# % if cookiecutter.database == "sqlite"
def as_sqlite_url(value: str) -> str:
    """Whichever driver it names: there is one here."""
    scheme, _, path = value.partition(":///")
    if scheme.partition("+")[0] != "sqlite" or path in {"", ":memory:"} or "?" in path:
        raise ValueError("It has to name a file: sqlite:///service.db, or sqlite:////srv/service.db in full.")
    # Folders may be named as no URL writes them; those of Jenkins are.
    return f"sqlite+aiosqlite:///{Path(str(ROOT).replace('%', '%25').replace('?', '%3F')) / path}"


# % endif
# % if cookiecutter.tasks == "redis"
def as_redis_url(value: str) -> str:
    # The library takes a database that is no number for 0.
    server = rf"rediss?://([^/?#@]*@)?(\[[^\]]+\]|[^/?#@:]+){PORT}(/\d*)?(\?.*)?"
    if not re.fullmatch(rf"{server}|unix://.+", value):
        raise ValueError("It has to be redis://user:password@host:6379/0; rediss:// with TLS.")
    return value


# % endif
# % if cookiecutter.model_serving == "onnx"
def from_root(value: str) -> str:
    return str(ROOT / value)


# % endif
# At most what every library takes, and a limit of 0 would be none.
Timeout = Annotated[float, Field(ge=0.1, le=86400, allow_inf_nan=False)]
Lifetime = Annotated[float, Field(ge=1, le=315_360_000, allow_inf_nan=False)]
Delay = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=2_147_483_647)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(as_list)]
RateLimit = Annotated[str, BeforeValidator(in_lower_case), AfterValidator(as_rate)]
# In no text or JSON of the settings.
Secret = Field(repr=False, exclude=True)
# % if cookiecutter.database == "postgresql"
PostgresqlUrl = Annotated[str, BeforeValidator(as_postgresql_url), Secret]
# % endif
Token = Annotated[Annotated[str, AfterValidator(as_token)] | None, Secret]


class Settings(BaseSettings):
    """Read once, at start: `read_settings`."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        # Some editors of Windows put a mark at its beginning.
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        validate_default=True,
    )

    # What names the service is not for the environment to say; however long it is, the formatter leaves it.
    title: ClassVar = "{{ cookiecutter.__project_name }}"  # fmt: skip
    description: ClassVar = "{{ cookiecutter.__description }}"  # fmt: skip
    environment: Annotated[Literal["production", "development"], BeforeValidator(in_lower_case)] = (
        "production"
    )
    """Production logs JSON lines; development logs for people to read."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(in_upper_case)] = (
        "INFO"
    )
    """DEBUG, INFO, WARNING or ERROR."""
    service_revision: str | None = None
    """What is deployed, such as a git SHA: it is in every log line, and in the response to readiness probes."""

    # % if cookiecutter.telemetry == "full"
    trace_sample_ratio: float = Field(default=0.05, ge=0, le=1, allow_inf_nan=False)
    """The share of requests that are traced, unless the client has decided by a `traceparent` header."""
    # % endif
    cors_origins: Annotated[Words, AfterValidator(as_origins)] = ()
    """Origins whose scripts may call the service, separated by commas; `*` for all."""
    allowed_hosts: Annotated[Words, AfterValidator(as_hosts)] = ()
    """Names in the `Host` header of requests, such as api.example.com or *.example.com; without any, all."""
    rate_limit: RateLimit | None = None
    """Requests that one client address may send, such as 100/minute; one more returns 429."""
    # % if cookiecutter.auth != "none"
    principal_rate_limit: RateLimit | None = None
    """Requests that one principal may send, from any address, such as 100/minute; one more returns 429."""
    # % endif
    request_timeout: Timeout = 60.0
    """Seconds until the response to a request has to begin; then it is a 504, or a 408 for a slow body."""
    api_docs: bool = True
    """Whether `/docs` and `/openapi.json` are served."""
    # % if cookiecutter.telemetry != "none"
    metrics_token: Token = None
    """The bearer token with which `/metrics` is read; without one, every client may."""
    # % endif
    max_body_bytes: Count = 1024 * 1024
    """A larger request body returns 413."""
    idempotency_ttl: Lifetime = 86400.0
    """Seconds that the response to a request with an `Idempotency-Key` is kept."""

    # % if cookiecutter.auth == "oidc"
    oidc_issuer: Annotated[str, AfterValidator(as_issuer)] = Field(examples=["https://login.example"])
    """The OpenID Connect provider whose tokens are accepted, exactly as it writes itself: https://login.example."""
    oidc_audience: str = Field(default="{{ cookiecutter.project_slug }}", min_length=1)
    """The name of this service at the provider: `aud` of a token has it."""
    oidc_scopes_claim: str = Field(default="scope", min_length=1)
    """The claim with the scopes: a text with spaces between them, or a list."""
    oidc_client_id: str | None = None
    """The public client with which the page at `/docs` logs in."""
    # % endif

    # % if cookiecutter.auth == "accounts"
    session_ttl: Lifetime = 1_209_600.0
    """Seconds after which a session ends, however much it is used."""
    login_rate_limit: RateLimit = "10/minute"
    """Attempts to sign in, or to have a link sent, for one account, and of one client."""
    sign_up: bool = False
    """Whether everybody may have an account; else an administrator makes them."""
    smtp_url: Annotated[str | None, AfterValidator(as_smtp_url), Secret] = None
    """smtp://user:password@host:587, or smtps:// for TLS from the start; without one, no mail leaves."""
    mail_from: Annotated[str, AfterValidator(as_mail_from)] = "service@localhost"
    """The address from which mails come."""
    public_url: Annotated[str, AfterValidator(as_public_url)] = "http://127.0.0.1:8000/docs"
    """The page where people choose a password: links in mails lead there, with a token after a `#`."""
    # % endif

    # % if cookiecutter.database == "postgresql"
    database_url: PostgresqlUrl = "postgresql://localhost/{{ cookiecutter.project_slug }}"
    """postgresql://user:password@host/database."""
    # % elif cookiecutter.database == "sqlite"
    database_url: Annotated[str, BeforeValidator(as_sqlite_url)] = "sqlite:///service.db"
    """The file, after three slashes; four for an absolute path."""
    # % endif
    # % if cookiecutter.database != "none"
    database_pool_size: Count = 5
    """Connections that one process opens at most; further requests wait."""
    database_timeout: Timeout = 10.0
    """Seconds to wait for a free connection, a new one, a lock or a statement, each; then it is a 503."""
    # % endif

    # % if cookiecutter.model_serving == "onnx"
    model_path: Annotated[str, BeforeValidator(from_root)] = "models/model.onnx"
    """The description of the model lies next to it, under the same name with the suffix `.json`."""
    model_required: bool = True
    """Whether the process ends when the model cannot be loaded; else it stays unready."""
    model_threads: Count = 1
    """Threads that compute one batch (`intra_op_num_threads` of onnxruntime)."""
    model_batch_size: Count = 64
    """Instances in one batch at most."""
    model_queue_size: int = Field(default=1000, ge=100, le=2_147_483_647)
    """Instances that may wait; a request that would add one more returns 503. One may bring 100."""
    operator_token: Token = None
    """The bearer token that may replace the model; without one, no client may."""
    # % endif

    # % if cookiecutter.tasks == "redis"
    redis_url: Annotated[str, BeforeValidator(as_redis_url), Secret] = "redis://localhost:6379/0"
    """The queue of background tasks."""
    redis_prefix: str = "{{ cookiecutter.project_slug }}"
    """Prefix of all keys, so that services can share a Redis."""
    redis_timeout: Timeout = 5.0
    """Seconds to wait for Redis; then what needs it is delayed, or the response is 503."""
    # % endif
    # % if cookiecutter.tasks == "redis" or cookiecutter.tasks == "postgresql"
    worker_host: str = "127.0.0.1"
    """The address on which a worker listens for probes."""
    worker_port: int = Field(default=0, ge=0, le=65535)
    """The port for probes; 0 for any free one, which the worker then logs."""
    # % endif
    # % if cookiecutter.tasks != "none"
    task_concurrency: Count = 10
    """Tasks that run at the same time in one process."""
    task_queue_size: Count = 1000
    """Tasks that may wait; a request that would add one more returns 503, but for those at the same time."""
    task_timeout: Timeout = 600.0
    """Seconds that one attempt may take, unless the task has a timeout of its own."""
    task_result_max_bytes: Count = 1024 * 1024
    """A task whose result is larger, as JSON, has failed."""
    # % if cookiecutter.tasks != "in-process" or cookiecutter.database != "none"
    task_lease: float = Field(default=30.0, ge=2, le=86400, allow_inf_nan=False)
    """Seconds without a heartbeat after which the tasks of a process are abandoned, and run elsewhere."""
    # % endif
    task_grace: Delay = 10.0
    """Seconds that running tasks get to finish when their process stops."""
    task_ttl: Lifetime = 86400.0
    """Seconds that the record of a task is kept after its end."""
    # % endif
    readiness_timeout: Timeout = 2.0
    """Seconds that one readiness check may take."""
    drain_delay: Delay = 1.0
    """Seconds between SIGTERM, from which on `/health/ready` returns 503, and the end of listening."""


def describe(error: ErrorDetails) -> str:
    """Which setting is wrong, and how; for a secret that may not be read, what the system says."""
    reason = error.get("ctx", {}).get("error")
    if isinstance(cause := getattr(reason, "__cause__", None), OSError):
        return str(cause)
    # What several settings together are refused for has the name of none.
    name = str(*error["loc"][:1]).upper()
    if isinstance(reason, SettingsError):
        _, name, *_ = str(reason).upper().split('"')
    if isinstance(reason, SettingsError) or (error["type"] in NO_JSON and len(error["loc"]) == 1):
        return name + ': It has to be JSON, such as [1, 2], ["a", "b"] or {"a": 1}.'
    field = Settings.model_fields.get(name.lower())
    if error["type"] == "missing" and field and field.examples:
        return f"{name}: It has no default. Give it a value, such as {field.examples[0]}"
    return f"{name}: {error['msg']}".removeprefix(": ").replace("Value error, ", "", 1)


def broken_lines(file: Path) -> list[str]:
    """They would be left out without a word of their file."""
    found = [each.original for each in parse_stream(StringIO(file.read_text("utf-8-sig"))) if each.error]
    lines = [each.line + each.string.rstrip().count("\n") for each in found]
    return [f"{file}, line {line}: It has to be NAME=value; a quote needs its end." for line in lines]


def read_settings(**values: object) -> Settings:
    """Ends the process when one is wrong, with the names of all that are; their values may be secret."""
    file = values.get("_env_file", ENV_FILE)
    try:
        # A link to nothing, or a folder, which containers get for a mount of no file, is a mistake.
        texts = broken_lines(file) if isinstance(file, Path) and os.path.lexists(file) else []
        if not texts:
            return Settings.model_validate(values)
    except ValidationError as error:
        texts = [describe(each) for each in error.errors()]
    except UnicodeDecodeError:
        texts = [f"{file}: It has to be in UTF-8."]
    except OSError as error:
        texts = [f"{error}. Make it a file that can be read, or remove it."]
    raise SystemExit("\n  ".join(["These settings are wrong or missing:", *texts]) + f"\n{REMEDY}")


def misspelt_names() -> dict[str, str]:
    """Names in the environment, `.env` and secrets that no setting has, and which one each resembles."""
    names = {**EnvSettingsSource(Settings).env_vars, **DotEnvSettingsSource(Settings).env_vars}.keys()
    secrets = {path.name.lower() for path in SECRETS.glob("*")}
    # Of a part of a setting, what is before `__` is the name.
    unknown = sorted({name.partition("__")[0] for name in names | secrets} - Settings.model_fields.keys())
    similar = {name: get_close_matches(name, Settings.model_fields, 1, 0.85) for name in unknown}
    return {name.upper(): matches[0].upper() for name, matches in similar.items() if matches}
