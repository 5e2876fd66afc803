"""Loaded by schemathesis: what a document cannot say of a request that is meant to succeed.

An Idempotency-Key is used once; a cursor is of a page; a row that is referred to exists, and stays.
"""

import json
import os
from typing import Any
from uuid import uuid4

import schemathesis

NAME = "Idempotency-Key"
ROWS: dict[str, dict[str, str]] = json.loads(os.environ["ROWS"])
KEPT = {id for references in ROWS.values() for id in references.values()}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    if case.meta is None or case.meta.generation.mode.is_positive:
        if case.headers and NAME in case.headers:
            case.headers[NAME] = str(uuid4())
        if case.query:
            case.query.pop("cursor", None)
        refer_to_rows(case)
    if case.method == "DELETE" and case.path_parameters and case.path_parameters.get("id") in KEPT:
        case.path_parameters["id"] = str(uuid4())


def refer_to_rows(case: Any) -> None:
    references = ROWS.get(case.operation.path.removesuffix("/{id}"), {})
    for name in references.keys() & (case.body if isinstance(case.body, dict) else {}):
        case.body[name] = references[name]
