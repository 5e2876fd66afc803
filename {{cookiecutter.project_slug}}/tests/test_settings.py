from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def names_in(text: str) -> set[str]:
    """The settings that an environment file sets, or shows in a comment."""
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    return {line.partition("=")[0] for line in lines if line.partition("=")[0].isupper()}


def test_the_example_works_as_it_is(settings: Settings) -> None:
    assert Settings(_env_file=EXAMPLE).environment == "development"


def test_the_example_names_every_setting_and_its_default(settings: Settings, tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    assert names_in(text) == {name.upper() for name in Settings.model_fields} - {"TITLE", "DESCRIPTION"}
    shown = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ") and "=" in line]
    everything = tmp_path / "env"
    everything.write_text("\n".join(shown))
    assert Settings(_env_file=everything) == Settings(_env_file=None)


def test_the_environment_wins_over_the_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert Settings(_env_file=EXAMPLE).environment == "production"


def test_origins_are_separated_by_commas(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example,")
    assert Settings(_env_file=None).cors_origins == ("https://a.example", "https://b.example")


def test_a_wrong_value_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ValidationError, match="log_level"):
        Settings(_env_file=None)
