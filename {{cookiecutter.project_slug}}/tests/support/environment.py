"""Values of settings, as the environment has them."""

from pydantic import SecretStr
from pydantic_core import to_json


def as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return to_json(value).decode() if isinstance(value, list | set | dict) else str(value)
