import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
# What names the service is not for the environment to say.
OF_CODE = {"title", "description"}


def read(settings: Settings, env_file: Path | None = None) -> Settings:
    """What the environment and a file say. What has no default is the same as in the fixture."""
    required = [name for name, field in Settings.model_fields.items() if field.is_required()]
    return Settings(_env_file=env_file, **{name: getattr(settings, name) for name in required})


def test_the_example_shows_every_setting_and_says_what_it_is_for() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    fields = {name.upper(): field for name, field in Settings.model_fields.items() if name not in OF_CODE}
    comments = {name: " ".join((field.description or "").split()) for name, field in fields.items()}
    entries = re.findall(r"^# (.+)\n(?:# )?([A-Z0-9_]+)=", text, re.MULTILINE)
    assert {name: comment for comment, name in entries} == comments
    required = {name for name, field in fields.items() if field.is_required()}
    assert required <= {*re.findall(r"^([A-Z0-9_]+)=", text, re.MULTILINE)}


def test_the_example_works_as_it_is(settings: Settings) -> None:
    assert read(settings, EXAMPLE).environment == "development"


def test_what_is_commented_out_is_the_default(settings: Settings, tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    defaults = tmp_path / "env"
    shown = [line.removeprefix("# ") for line in lines if re.match("# [A-Z0-9_]+=", line)]
    defaults.write_text("\n".join(shown), encoding="utf-8")
    assert read(settings, defaults) == read(settings)


def test_the_environment_wins_over_the_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert read(settings, EXAMPLE).environment == "production"


def test_origins_are_separated_by_commas(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example,")
    assert read(settings).cors_origins == ("https://a.example", "https://b.example")


def test_a_wrong_value_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError, match="log_level"):
        read(settings)
