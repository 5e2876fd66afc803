"""Loaded by schemathesis: a client uses an Idempotency-Key once, and no other request has it."""

from typing import Any
from uuid import uuid4

import schemathesis

NAME = "Idempotency-Key"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A request that is meant to be refused keeps its own."""
    is_valid = case.meta is None or case.meta.generation.mode.is_positive
    if is_valid and case.headers and NAME in case.headers:
        case.headers[NAME] = str(uuid4())
