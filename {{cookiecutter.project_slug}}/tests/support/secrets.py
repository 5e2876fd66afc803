"""Which settings are secret, and secrets to be planted there and found elsewhere."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

# As long and as mixed as a good one, and found in any text.
MARK = "PLANTED-8f14e45fceea167a5a36dedd4bea2543"
NAMES = re.compile(r"token|password|passphrase|secret|credential|(^|_)key$")
# Of what is called after a secret, and is none: `token_url`.
OTHERS = re.compile(r"_(algorithm|claim|endpoint|file|header|name|path|ttl|url)$")


def kinds(annotation: Any) -> Iterator[Any]:
    """A type, and what it is made of: in `SecretStr | None` there are three."""
    yield annotation
    for each in get_args(annotation):
        yield from kinds(each)


def is_secret(field: FieldInfo) -> bool:
    hidden = field.exclude and not field.repr
    return bool(hidden) or any(each in (SecretStr, SecretBytes) for each in kinds(field.annotation))


def undeclared(model: type[BaseModel]) -> Iterator[str]:
    """Texts that are called secrets, and are not declared as such; also in the models that it has."""
    for name, field in model.model_fields.items():
        inside = [] if is_secret(field) else [*kinds(field.annotation)]
        if str in inside and NAMES.search(name) and not OTHERS.search(name):
            yield name
        for each in inside:
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from (f"{name}.{inner}" for inner in undeclared(each))


def with_marks(value: Any) -> Any:
    """The same, but for the secrets in it."""
    if isinstance(value, SecretStr | SecretBytes):
        return SecretStr(MARK) if isinstance(value, SecretStr) else SecretBytes(MARK.encode())
    if isinstance(value, dict):
        return {name: with_marks(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(with_marks(each) for each in value)
    if isinstance(value, BaseModel):
        hidden = {name for name, field in type(value).model_fields.items() if is_secret(field)}
        texts = {name: MARK for name, each in value if name in hidden and isinstance(each, str)}
        return value.model_copy(update={**{name: with_marks(each) for name, each in value}, **texts})
    return value


def planted(name: str, field: FieldInfo) -> Any:
    """What is secret in an address is its password, and what may be in its query; nothing listens there."""
    annotation: Any = field.annotation
    text = MARK
    if name.endswith("_url"):
        # Without a default, the scheme is what the setting is called after.
        scheme, has_path, _ = str(field.default or "").partition("://")
        query = f"/1?password={MARK}" if has_path else ""
        text = f"{scheme or name.removesuffix('_url')}://user:{MARK}@127.0.0.1:1{query}"
    for value in (text, [text], {"of": text}):
        with suppress(ValidationError):
            return TypeAdapter(annotation).validate_python(value)
    return with_marks(field.default)
