"""The image: built as people build it, and run as its user on files that nothing can write to."""

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from get_uv import index_url
from support.containers import PYTHON, Builder, Container, Image, Worker, need_root
from support.fixtures import Record, Render
from support.programs import attempt
from support.servers import Servers

# In one process: they share what is built.
pytestmark = [pytest.mark.xdist_group("image"), pytest.mark.timeout(600)]
SECRET = "a-s3cret"
# More than all that a stop waits for, when nothing is in progress.
SECONDS_TO_STOP = 30


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    need_root()
    builder = Builder(tmp_path_factory.mktemp("builder"))
    builder.make_base()
    yield builder
    builder.buildah("rm", "--all")
    builder.buildah("rmi", "--all", "--force")


def test_root_builds_images_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make test` installs what is needed: without it, nothing may look as if it had been proven."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="buildah"):
        need_root()


def with_secrets(service: Path) -> Path:
    """What lies in the folder of a service and must not get into an image."""
    for name in (".env", "service.db", ".git/config", "secrets/database_url", "notes.txt", "app/.env"):
        path = service / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"NOTE={SECRET}", encoding="utf-8")
    return service


def with_password(index: str) -> str:
    """The index that is used here, which does not mind a password."""
    scheme, _, rest = index.partition("://")
    return index if "@" in rest else f"{scheme}://user:{SECRET}@{rest}"


@pytest.fixture(scope="module")
def make(builder: Builder, render: Render, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Image]:
    def make(**answers: str) -> Image:
        service = render(tmp_path_factory.mktemp("image"), {"python_version": PYTHON, **answers})
        return builder.make_image(with_secrets(service), {"UV_DEFAULT_INDEX": with_password(index_url())})

    return make


@pytest.fixture(scope="module")
def image(make: Callable[..., Image]) -> Image:
    """Of the default service."""
    return make()


@pytest.fixture(scope="module")
def with_worker(make: Callable[..., Image]) -> Image:
    return make(project_slug="with-worker", database="postgresql", tasks="redis")


@pytest.fixture
def data(tmp_path: Path, image: Image) -> dict[Path, str]:
    """A volume, which belongs to the user to whom its place in the image belongs."""
    owner = (image.root / "data").stat()
    (tmp_path / "data").mkdir()
    shutil.chown(tmp_path / "data", owner.st_uid, owner.st_gid)
    return {tmp_path / "data": "/data"}


@pytest.mark.long
def test_an_image_says_how_it_is_run(image: Image) -> None:
    config = image.config
    assert config["User"] == "10001:10001"
    assert config["Cmd"][0] == "uvicorn"
    assert not config.get("Entrypoint")
    assert [*config["ExposedPorts"]] == ["8000/tcp"]
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in config["Labels"].items()}
    assert {"title", "licenses"} <= {*labels}
    assert (labels["title"], labels["licenses"]) == ("my-service", "MIT")


@pytest.mark.long
def test_an_image_holds_what_runs_and_nothing_else(image: Image) -> None:
    found = {path.name for path in (image.root / "srv").iterdir()}
    assert found == {"app", "migrations", "pyproject.toml", "uv.lock"}
    assert not [*(image.root / "usr" / "local").rglob("uv*"), *(image.root / "opt").rglob("bin/uv")]
    assert not (image.root / "root").exists() or not [*(image.root / "root").iterdir()]
    assert not [*(image.root / "srv").rglob(".*")]


@pytest.mark.long
def test_no_secret_of_the_folder_or_of_the_build_is_in_an_image(image: Image) -> None:
    assert SECRET not in str(image.described)
    folders = [image.root / name for name in ("srv", "opt", "etc", "root", "tmp", "var")]
    code, found = attempt(["grep", "-rl", SECRET, *map(str, folders)], image.root, {}, 60)
    assert (code, found) == (1, "")


@pytest.mark.long
def test_nothing_in_an_image_is_compiled_again(image: Image) -> None:
    """Its files are read-only, so each start would compile it all."""
    for folder in ("srv/app", "opt/venv/lib"):
        sources = [*(image.root / folder).rglob("*.py")]
        assert sources
        missing = [path for path in sources if not [*path.parent.glob(f"__pycache__/{path.stem}.*.pyc")]]
        # What other versions of Python compile only.
        assert [path for path in missing if "site-packages" not in str(path)] == []
        assert len(missing) < len(sources) / 100


@pytest.mark.long
def test_nothing_in_an_image_can_be_changed_by_its_user(image: Image, data: dict[Path, str]) -> None:
    owners = {path.stat().st_uid for folder in ("srv", "opt") for path in (image.root / folder).rglob("*")}
    assert owners == {0}
    code, said = image.attempt("sh", "-c", "echo > /srv/app/main.py", mounts=data)
    assert code
    assert "Read-only file system" in said
    code, said = image.attempt("python", "-c", "import os; print(os.getuid(), os.getgid())", mounts=data)
    assert said.split() == ["10001", "10001"]


def begin_request(port: int) -> socket.socket:
    """Whose body is still to come."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = (
        "POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


@pytest.mark.long
def test_a_service_starts_drains_and_keeps_its_rows(
    image: Image, data: dict[Path, str], tmp_path: Path, record_property: Record
) -> None:
    image.run("python", "-m", "alembic", "upgrade", "head", mounts=data)
    with Container(image, tmp_path / "log", data, {"DRAIN_DELAY": "1"}) as service:
        record_property("MB in the image of the default service", image.megabytes)
        record_property("ms from the start of its container to ready", round(1000 * service.seconds_to_ready))
        image.run(*image.probe(service.port), mounts=data)
        with begin_request(service.port) as connection:
            # The server has read the head when it serves what came later.
            assert service.status("/health/ready") == 200
            started = time.monotonic()
            service.terminate()
            while service.status("/health/ready") != 503:
                assert service.process.poll() is None
            while service.status("/health/live"):
                assert time.monotonic() < started + SECONDS_TO_STOP
            connection.sendall(b'{"name": "Ann"}')
            assert b"201 Created" in connection.recv(100)
        assert service.wait(SECONDS_TO_STOP) == 0
        assert '"service_stopped"' in (tmp_path / "log").read_text(encoding="utf-8")
    code, _ = image.attempt(*image.probe(service.port), mounts=data)
    assert code, "a service that is stopped passes its probe"
    with Container(image, tmp_path / "log2", data, {}) as again:
        assert b"Ann" in read(again, "/v1/users")


def read(container: Container, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", container.port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def secret_files(folder: Path, settings: dict[str, str], mode: int = 0o444) -> dict[Path, str]:
    folder.mkdir()
    for name, value in settings.items():
        (folder / name.lower()).write_text(f"{value}\n", encoding="utf-8")
        (folder / name.lower()).chmod(mode)
    return {folder: "/run/secrets"}


@pytest.fixture
def secrets(with_worker: Image, servers: Servers, tmp_path: Path) -> dict[Path, str]:
    (with_worker.root / "run" / "secrets").mkdir(parents=True, exist_ok=True)
    return secret_files(tmp_path / "secrets", servers.settings(["postgresql", "redis"]))


@pytest.mark.long
def test_the_migration_the_service_and_a_worker_are_one_image_and_read_secrets_from_files(
    with_worker: Image, secrets: dict[Path, str], tmp_path: Path
) -> None:
    with_worker.run("python", "-m", "alembic", "upgrade", "head", mounts=secrets)
    with (
        Container(with_worker, tmp_path / "log", secrets, {}) as service,
        Worker(with_worker, tmp_path / "worker", secrets, {}) as worker,
    ):
        with_worker.run(*with_worker.probe(worker.port), mounts=secrets)
        for process in (worker, service):
            process.terminate()
            assert process.wait(SECONDS_TO_STOP) == 0


@pytest.mark.weekly
def test_a_model_is_in_the_image(make: Callable[..., Image], tmp_path: Path) -> None:
    image = make(project_slug="with-model", database="none", tasks="none", model_serving="onnx")
    with Container(image, tmp_path / "log", {}, {}) as service:
        assert b"iris" in read(service, "/model")


@pytest.mark.long
def test_a_secret_that_may_not_be_read_is_named(with_worker: Image, tmp_path: Path) -> None:
    (with_worker.root / "run" / "secrets").mkdir(parents=True, exist_ok=True)
    mounts = secret_files(tmp_path / "secrets", {"DATABASE_URL": SECRET}, 0o400)
    code, said = with_worker.attempt(*with_worker.command(1), mounts=mounts)
    assert code
    assert "Permission denied: '/run/secrets/database_url'" in said
    assert "Traceback" not in said
