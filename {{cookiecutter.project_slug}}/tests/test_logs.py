import asyncio
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import FastAPI
from fastapi.exceptions import ResponseValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel, SecretStr, ValidationError

from app.logs import configure_logs
from app.settings import Settings


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    """pytest's own handlers come back by themselves; nothing of ours may stay."""
    yield
    logging.captureWarnings(False)
    logging.getLogger().handlers.clear()
    structlog.reset_defaults()


def written(settings: Settings, capfd: pytest.CaptureFixture[str]) -> str:
    configure_logs(settings)
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger().info("한국어", count=1)
        logging.getLogger("library").warning("standard %s", "logging")
        structlog.get_logger().debug("too quiet")
        try:
            raise RuntimeError("boom")
        except RuntimeError:
            structlog.get_logger().exception("failed")
            logging.getLogger("library").exception("failed too")
    return capfd.readouterr().out


def test_production_logs_one_json_object_a_line(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    ours, library, *failed = (json.loads(line) for line in written(settings, capfd).splitlines())
    assert (ours["event"], ours["level"], ours["count"]) == ("한국어", "info", 1)
    assert (library["event"], library["level"], library["logger"]) == (
        "standard logging",
        "warning",
        "library",
    )
    assert [line["event"] for line in failed] == ["failed", "failed too"]
    assert all("RuntimeError: boom" in line["exception"] for line in failed)
    assert {line["request_id"] for line in (ours, library, *failed)} == {"abc"}
    assert all(line["timestamp"] for line in (ours, library, *failed))


def test_a_message_that_a_library_colors_for_terminals_is_there_once(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings)
    logging.getLogger("uvicorn.error").info(
        "Process [%d]", 7, extra={"color_message": "Process [\x1b[36m%d]"}
    )
    [line] = capfd.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "Process [7]"
    assert "x1b" not in line
    assert "u001b" not in line


def test_every_line_has_the_revision_that_is_deployed(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    text = written(settings.model_copy(update={"service_revision": "abc123"}), capfd)
    assert {json.loads(line)["revision"] for line in text.splitlines()} == {"abc123"}
    assert "revision" not in written(settings, capfd)


def test_development_logs_for_human_eyes(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    text = written(settings.model_copy(update={"environment": "development"}), capfd)
    assert "한국어" in text
    assert "abc" in text
    assert "RuntimeError" in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.splitlines()[0])


def test_the_access_log_of_uvicorn_is_off_and_its_other_lines_are_ours(settings: Settings) -> None:
    configure_logs(settings)
    assert not logging.getLogger("uvicorn.access").hasHandlers()
    assert logging.getLogger("uvicorn.error").hasHandlers()


class UnspeakableError(Exception):
    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__


def cyclic() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def deep() -> list[Any]:
    made: list[Any] = []
    for _ in range(100_000):
        made = [made]
    return made


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("marker", stacklevel=1)


def in_thread() -> None:
    thread = threading.Thread(target=logging.getLogger("x").info, args=("marker",))
    thread.start()
    thread.join()


VALUES: dict[str, Any] = {
    "int keys": {1: "a", (2, 3): "b"},
    "nan": float("nan"),
    "bytes": b"\xff",
    "set": {1},
    "object": UnspeakableError(),
    "within": {"a": [UnspeakableError()]},
    "cycle": cyclic(),
    "deep": deep(),
    "surrogate": "\ud800",
    "large": 10**5000,
    "lines": "a\nb",
}
CALLS: dict[str, Callable[[], object]] = {
    "wrong type": lambda: logging.getLogger("x").warning("marker %d", "s"),
    "too few": lambda: logging.getLogger("x").warning("marker %s %s", 1),
    "no text": lambda: logging.getLogger("x").warning(["marker"]),
    "unspeakable": lambda: logging.getLogger("x").warning("marker %s", UnspeakableError()),
    "surrogate": lambda: logging.getLogger("x").warning("marker \udcff"),
    "two lines": lambda: logging.getLogger("x").warning("marker\nforged"),
    "level": lambda: logging.getLogger("x").log(25, "marker"),
    "high level": lambda: logging.getLogger("x").log(99, "marker"),
    "extra": lambda: logging.getLogger("x").info("marker", extra={"event": "e", "logger": "l", "level": "v"}),
    "odd extra": lambda: logging.getLogger("x").info(
        "marker", extra={"a": UnspeakableError(), "b": cyclic()}
    ),
    "no error": lambda: logging.getLogger("x").info("marker", exc_info=True),
    "names of parameters": lambda: logging.getLogger("x").info(
        "marker", extra={"self": 1, "method_name": "m", "exception": "e", "stack": "s"}
    ),
    "own level": lambda: structlog.get_logger().log(25, "marker"),
    "own level by its name": lambda: structlog.get_logger().log(level=20, event="marker"),
    "own level that is none": lambda: structlog.get_logger().log("info", "marker", level=3),
    "own names of parameters": lambda: structlog.get_logger().info(
        "marker", self=1, event="paid", method_name="m"
    ),
    "own without words": lambda: structlog.get_logger().info(name="marker"),
    "own too few": lambda: structlog.get_logger().warn("marker %s %s", 1),
    "own fatal": lambda: structlog.get_logger().fatal("marker %d", "s"),
    "own message": lambda: structlog.get_logger().msg("marker %d", "s"),
    "own, awaited": lambda: asyncio.run(structlog.get_logger().ainfo("marker %s %s", 1, event="paid")),
    "own, awaited, with a level": lambda: asyncio.run(structlog.get_logger().alog(25, "marker %d", "s")),
    "own wrong triple": lambda: structlog.get_logger().info("marker", exc_info=(1, 2, 3)),
    "own wrong type": lambda: structlog.get_logger().info("marker %d", "s"),
    "own no text": lambda: structlog.get_logger().info({"marker": 1}),
    "own wrong error": lambda: structlog.get_logger().info("marker", exc_info="text"),
    "a warning": warn,
    "a thread": in_thread,
}


@pytest.fixture(params=["production", "development"])
def lines(
    request: pytest.FixtureRequest, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> Callable[[Callable[[], object]], list[str]]:
    """What a call writes, without tracebacks; in production, each line is JSON."""

    def read(call: Callable[[], object]) -> list[str]:
        configure_logs(settings.model_copy(update={"environment": request.param}))
        call()
        written, errors = capfd.readouterr()
        assert errors == ""
        if request.param == "production":
            assert all(json.loads(line) for line in written.splitlines())
        return [line for line in written.splitlines() if "marker" in line]

    return read


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_line_is_written_however_it_is_called(call: Callable[[], object], lines: Any) -> None:
    assert len(lines(call)) == 1


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_line_is_written_whatever_it_holds(value: object, lines: Any) -> None:
    def within() -> None:
        with structlog.contextvars.bound_contextvars(value=value):
            logging.getLogger("x").info("marker")

    assert len(lines(lambda: structlog.get_logger().info("marker", value=value))) == 1
    assert len(lines(within)) == 1


@pytest.mark.parametrize("log", ["structlog", "logging"])
def test_a_field_that_is_called_like_one_of_the_line_is_renamed(
    settings: Settings, capfd: pytest.CaptureFixture[str], log: str
) -> None:
    configure_logs(settings.model_copy(update={"service_revision": "abc123"}))
    fields = {"level": 3, "timestamp": 0, "request_id": "forged", "revision": 1, "event": "paid", "self": 2}
    with structlog.contextvars.bound_contextvars(request_id="abc", shop="a"):
        if log == "structlog":
            structlog.get_logger().error("battery", **fields, shop="b")
        else:
            logging.getLogger("x").error("battery", extra={**fields, "logger": "y", "shop": "b"})
    line = json.loads(capfd.readouterr().out)
    assert {name: line.pop(f"{name}_") for name in fields} == fields
    assert line.pop("timestamp") > "2"
    assert line.pop("logger_", None) == (None if log == "structlog" else "y")
    line.pop("logger", None)
    assert line == {
        "event": "battery",
        "level": "error",
        "request_id": "abc",
        "revision": "abc123",
        "shop": "b",
    }


def test_outside_a_request_the_field_is_the_id(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(settings)
    structlog.get_logger().info("marker", request_id="abc", revision="def")
    line = json.loads(capfd.readouterr().out)
    assert (line["request_id"], line["revision"]) == ("abc", "def")


def test_a_line_of_ours_can_have_the_stack(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(settings)
    structlog.get_logger().info("marker", stack_info=True)
    asyncio.run(structlog.get_logger().ainfo("marker", stack_info=True))
    own, awaited = (json.loads(line)["stack"] for line in capfd.readouterr().out.splitlines())
    assert "test_a_line_of_ours_can_have_the_stack" in own.splitlines()[-2]
    assert "app/logs.py" not in own + awaited


async def test_a_line_that_is_awaited_has_the_error(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings)
    try:
        raise RuntimeError("boom")
    except RuntimeError:
        await structlog.get_logger().aerror("marker", exc_info=True)
        await structlog.get_logger().aexception("marker")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert ["RuntimeError: boom" in line["exception"] for line in lines] == [True, True]


@pytest.mark.parametrize("environment", ["production", "development"])
def test_a_traceback_quotes_nothing_that_was_not_valid(
    settings: Settings, capfd: pytest.CaptureFixture[str], environment: str
) -> None:
    configure_logs(settings.model_copy(update={"environment": environment}))
    app = FastAPI()
    row = "-".join(["s3", "cret"])
    app.get("/", response_model=list[int])(lambda: [row])
    for call in (lambda: TestClient(app).get("/"), lambda: Total.model_validate({"amount": row})):
        with pytest.raises((ResponseValidationError, ValidationError)) as caught:
            call()
        structlog.get_logger().error("marker", exc_info=caught.value)
        group = ExceptionGroup("group", [caught.value])
        logging.getLogger("x").error("marker", exc_info=group)
    text = capfd.readouterr().out
    assert text.count("'type': 'int_parsing'") == text.count("[type=decimal_parsing") == 2
    assert row not in text


class Total(BaseModel):
    amount: Decimal
    key: SecretStr


def test_a_value_is_written_as_a_response_has_it(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings)
    total = Total(amount=Decimal("5.00"), key=SecretStr("s3cret"))
    rest = iter([1])
    structlog.get_logger().info(
        "marker", amount=total.amount, names={"a"}, path=Path("b"), total=total, rest=rest
    )
    written = capfd.readouterr().out
    line = json.loads(written)
    assert (line["amount"], line["names"], line["path"], line["total"]["amount"]) == (
        "5.00",
        ["a"],
        "b",
        "5.00",
    )
    assert "s3cret" not in written
    assert list(rest) == [1]


@pytest.mark.parametrize(
    "error", [UnspeakableError(), ValueError("\ud800"), BaseExceptionGroup("g", [SystemExit()])]
)
def test_an_error_is_written_whatever_it_says(error: BaseException, lines: Any) -> None:
    assert len(lines(lambda: structlog.get_logger().error("marker", exc_info=raised(error)))) == 1
    assert len(lines(lambda: logging.getLogger("x").error("marker", exc_info=raised(error)))) == 1


def test_what_a_library_adds_is_in_its_line(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(settings)
    logging.getLogger("x").warning("%d", 1, extra={"shop": "a"}, stack_info=True, exc_info=ValueError("boom"))
    line = json.loads(capfd.readouterr().out)
    assert (line["event"], line["level"], line["shop"]) == ("1", "warning", "a")
    assert "test_what_a_library_adds" in line["stack"]
    assert "ValueError: boom" in line["exception"]


def test_a_traceback_shows_no_variables_and_a_file_no_colours(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings.model_copy(update={"environment": "development"}))
    password = "-".join(["s3", "cret"])
    structlog.get_logger().error("failed", exc_info=raised(ValueError(len(password))))
    text = capfd.readouterr().out
    assert "ValueError: 7" in text
    assert "s3-cret" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("no_color", "colours"), [("", True), ("1", False)])
def test_a_terminal_has_colours_unless_they_are_unwanted(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    no_color: str,
    colours: bool,
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    configure_logs(settings.model_copy(update={"environment": "development"}))
    structlog.get_logger().info("hello")
    assert ("\x1b" in capfd.readouterr().out) == colours


def test_addresses_of_other_services_are_not_logged(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings)
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200))
    with httpx2.Client(transport=transport) as client:
        client.get("https://shop.example/?token=s3cret")
    assert capfd.readouterr().out == ""


def test_at_debug_the_service_says_more_and_its_libraries_do_not(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """What libraries log there has values of statements, headers and messages."""
    configure_logs(settings.model_copy(update={"log_level": "DEBUG"}))
    logging.getLogger("library").debug("s3cret")
    logging.getLogger("library").info("general")
    logging.getLogger("app.domains").debug("special")
    structlog.get_logger().debug("ours")
    events = [json.loads(line)["event"] for line in capfd.readouterr().out.splitlines()]
    assert events == ["general", "special", "ours"]


def test_a_higher_level_is_that_of_libraries_too(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings.model_copy(update={"log_level": "ERROR"}))
    logging.getLogger("library").warning("too quiet")
    logging.getLogger("app.domains").warning("too quiet")
    assert capfd.readouterr().out == ""
