"""Puts the endpoints into the application, and the inputs of the model into its OpenAPI document."""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .model import Model
from .operators import operator_router
from .router import model_router, router
from .serving import Serving

# Of an image, an example with every point is of no use.
LONGEST_EXAMPLE = 1000


def install_predictions(app: FastAPI) -> None:
    app.include_router(router)
    app.include_router(model_router)
    app.include_router(operator_router)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> JSONResponse:
        """In the place of FastAPI's own, which does not know the model."""
        document = deepcopy(app.openapi())
        model: Model = request.state.model
        if model.serving:
            describe_inputs(document, model.serving)
        if root := request.base_url.path.rstrip("/"):
            document["servers"] = [{"url": root}]
        return JSONResponse(document)


def describe_inputs(document: dict[str, Any], serving: Serving) -> None:
    """What one instance is, for the model that serves now."""
    inputs = serving.inputs
    example = inputs.example()
    for path, operations in document["paths"].items():
        if path.startswith(router.prefix):
            body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
            instances = body["properties"]["instances"]
            instances["items"] = inputs.schema()
            if len(str(example)) < LONGEST_EXAMPLE:
                instances["examples"] = [[example]]
