"""Loaded by schemathesis: what a document cannot say of a request that is meant to succeed.

An Idempotency-Key is used once; a cursor is of a page; a row that is referred to exists, and stays. Where
another principal has rows, those are asked for, and nobody else must get them.
"""

import json
import os
from typing import Any
from uuid import uuid4

import schemathesis

NAME = "Idempotency-Key"
ROWS: dict[str, dict[str, str]] = json.loads(os.environ["ROWS"])
FOREIGN: dict[str, dict[str, str]] = json.loads(os.environ["FOREIGN"])
KEPT = {id for references in ROWS.values() for id in references.values()}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    if case.meta is None or case.meta.generation.mode.is_positive:
        if case.headers and NAME in case.headers:
            case.headers[NAME] = str(uuid4())
        if case.query:
            case.query.pop("cursor", None)
        refer_to_rows(case)
        ask_for_foreign_row(case)
    if case.method == "DELETE":
        for name in [name for name, value in case.path_parameters.items() if value in KEPT]:
            case.path_parameters[name] = str(uuid4())


def ask_for_foreign_row(case: Any) -> None:
    """But not in a sequence, where it has created what it asks for."""
    row = FOREIGN.get(case.operation.path.removesuffix("/{id}"))
    if row and "id" in case.path_parameters and case.meta and case.meta.phase.name != "stateful":
        case.path_parameters["id"] = row["id"]


@schemathesis.check
def foreign_rows_are_unknown(context: Any, response: Any, case: Any) -> None:
    foreign = {row["id"] for row in FOREIGN.values()}
    if case.path_parameters.get("id") in foreign:
        assert response.status_code in (401, 404)
    assert not [id for id in foreign if id in response.text]


def refer_to_rows(case: Any) -> None:
    references = ROWS.get(case.operation.path.removesuffix("/{id}"), {})
    for name in references.keys() & (case.body if isinstance(case.body, dict) else {}):
        case.body[name] = references[name]
