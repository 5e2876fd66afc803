"""Every setting of the service: from the environment, then from `.env`, then the defaults below."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def split_commas(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


class Settings(BaseSettings):
    """Read once, at start; a wrong value stops the start and is named."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    title: str = "{{ cookiecutter.__project_name }}"
    description: str = "{{ cookiecutter.__description }}"
    environment: Literal["production", "development"] = "production"
    """Production logs JSON lines; development logs for people to read."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas)] = ()
    """Origins whose scripts may call the service, separated by commas; `*` for all."""
    max_body_bytes: int = Field(default=1024 * 1024, ge=1)
    """A larger request body returns 413."""
    idempotency_ttl: float = Field(default=86400.0, gt=0, allow_inf_nan=False)
    """Seconds that the response to a request with an `Idempotency-Key` is kept."""

    # % if cookiecutter.database == "postgresql"
    database_url: str = "postgresql+psycopg://localhost/{{ cookiecutter.project_slug }}"
    """postgresql+psycopg://user:password@host/database."""
    # % elif cookiecutter.database == "sqlite"
    database_url: str = "sqlite+aiosqlite:///service.db"
    """The file, after three slashes; four for an absolute path."""
    # % endif
    # % if cookiecutter.database != "none"
    database_pool_size: int = Field(default=5, ge=1)
    """Connections that one process opens at most; further requests wait."""
    database_timeout: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    """Seconds to wait for a connection, a lock or the end of a statement; then the response is 503."""
    # % endif

    # % if cookiecutter.model_serving == "onnx"
    model_path: str = "models/model.onnx"
    """The description of the model lies next to it, under the same name with the suffix `.json`."""
    model_required: bool = True
    """Whether the process ends when the model cannot be loaded; else it stays unready."""
    model_threads: int = Field(default=1, ge=1)
    """Threads that compute one batch (`intra_op_num_threads` of onnxruntime)."""
    model_batch_size: int = Field(default=64, ge=1)
    """Instances in one batch at most."""
    model_queue_size: int = Field(default=1000, ge=100)
    """Instances that may wait; a request that would add one more returns 503. One may bring 100."""
    operator_token: str | None = Field(default=None, repr=False)
    """The bearer token that may replace the model; without one, no client may."""
    # % endif

    # % if cookiecutter.tasks == "redis"
    redis_url: str = "redis://localhost:6379/0"
    """The queue of background tasks."""
    redis_prefix: str = "{{ cookiecutter.project_slug }}"
    """Prefix of all keys, so that services can share a Redis."""
    redis_timeout: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """Seconds to wait for Redis; then the response is 503."""
    # % endif
    # % if cookiecutter.tasks == "redis" or cookiecutter.tasks == "postgresql"
    worker_host: str = "127.0.0.1"
    """The address on which a worker listens for probes."""
    worker_port: int = Field(default=0, ge=0, le=65535)
    """The port for probes; 0 for any free one, which the worker then logs."""
    # % endif
    # % if cookiecutter.tasks != "none"
    task_concurrency: int = Field(default=10, ge=1)
    """Tasks that run at the same time in one process."""
    task_queue_size: int = Field(default=1000, ge=1)
    """Tasks that may wait; a request that would add one more returns 503, but for those at the same time."""
    task_timeout: float = Field(default=600.0, gt=0, allow_inf_nan=False)
    """Seconds that one attempt may take, unless the task has a timeout of its own."""
    task_result_max_bytes: int = Field(default=1024 * 1024, ge=1)
    """A task whose result is larger, as JSON, has failed."""
    task_lease: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    """Seconds without a heartbeat after which the tasks of a process are abandoned, and run elsewhere."""
    task_grace: float = Field(default=10.0, ge=0, allow_inf_nan=False)
    """Seconds that running tasks get to finish when their process stops."""
    task_ttl: float = Field(default=86400.0, gt=0, allow_inf_nan=False)
    """Seconds that the record of a task is kept after its end."""
    # % endif
    readiness_timeout: float = Field(default=2.0, gt=0, allow_inf_nan=False)
    """Seconds that one readiness check may take."""
    drain_delay: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """Seconds between SIGTERM, from which on `/health/ready` returns 503, and the end of listening."""
