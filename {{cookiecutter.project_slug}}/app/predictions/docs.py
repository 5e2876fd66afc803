"""Puts the endpoints into the application, and the inputs of the model into its OpenAPI document."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from .model import Model
from .router import router
from .schemas import BatchRequest, PredictRequest
from .serving import Serving

# Of an image nobody wants to see every point.
LONGEST_EXAMPLE = 1000


def install_predictions(app: FastAPI) -> None:
    app.include_router(router)
    open_state: Any = app.router.lifespan_context
    describe = app.openapi
    opened: list[Model] = []

    @asynccontextmanager
    async def open_and_remember(app: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with open_state(app) as state:
            opened[:] = [state["model"]]
            yield state

    def describe_inputs() -> dict[str, Any]:
        schema = describe()
        for body in (PredictRequest, BatchRequest):
            schema["components"]["schemas"][body.__name__] = body.model_json_schema()
        for model in opened:
            if model.serving:
                fill_in(schema, model.serving)
        return schema

    app.router.lifespan_context = open_and_remember
    app.openapi = describe_inputs  # type: ignore[method-assign]


def fill_in(schema: dict[str, Any], serving: Serving) -> None:
    """What one instance is, for the model that serves now."""
    inputs = serving.inputs
    for body in (PredictRequest, BatchRequest):
        instances = schema["components"]["schemas"][body.__name__]["properties"]["instances"]
        instances["items"] = inputs.schema()
        example = inputs.example()
        if len(str(example)) < LONGEST_EXAMPLE:
            instances["examples"] = [[example]]
