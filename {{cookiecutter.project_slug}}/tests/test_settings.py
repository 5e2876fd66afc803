import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode

from app.settings import Settings
from scripts.env_example import entries

EXAMPLE = Path(__file__).parent.parent / ".env.example"
# Every other number must be more than that.
MAY_BE_ZERO = {"drain_delay", "task_grace", "worker_port"}
NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]


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
        sizes: list[int] = [1, 2]
        made: list[int] = Field(default_factory=list)

    assert entries(Team) == [
        "# Of the shop: it has no default.\nKEY=",
        "# DEBUG=false",
        "# LIMIT=",
        "# HOSTS=a,b",
        "# SIZES=[1,2]",
        "# MADE=",
    ]


def test_the_environment_wins_over_the_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert read(settings, EXAMPLE).environment == "production"


def test_origins_are_separated_by_commas(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example,")
    assert read(settings).cors_origins == ("https://a.example", "https://b.example")


def test_what_is_empty_is_the_default_and_other_names_are_ignored(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("LOG_LEVEL=\nNOT_OURS=1\n")
    assert read(settings, tmp_path / "env").log_level == "INFO"


def test_settings_do_not_change(settings: Settings) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.log_level = "DEBUG"  # ty: ignore[invalid-assignment]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_out_of_bounds_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for value in ("-1", "inf", "nan", *([] if name in MAY_BE_ZERO else ["0"])):
        monkeypatch.setenv(name.upper(), value)
        with pytest.raises(ValidationError, match=name):
            read(settings)


def test_a_wrong_value_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError, match="log_level"):
        read(settings)
