"""The endpoints of the model: read the request, ask the model, name the response."""

from typing import Any

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from structlog.contextvars import bind_contextvars

from app.errors import ServiceError
from app.routing import PrefixRouter
from . import schemas
from .batcher import ClientGoneError
from .clients import has_gone
from .model import Model
from .serving import Serving

router = PrefixRouter(prefix="/predict", tags=["predictions"])
model_router = PrefixRouter(prefix="/model", tags=["predictions"])


class UnsupportedMediaTypeError(ServiceError):
    status = 415


def serving_of(request: Request) -> Serving:
    """One model for the whole request, also when another one takes its place in the meantime.

    No dependency: to have it resolved by FastAPI took a fifth of each prediction.
    """
    model: Model = request.state.model
    serving = model.current()
    # Every line of the request says which model it was, the access line too.
    bind_contextvars(model_version=serving.info.version)
    return serving


async def read_instances(request: Request, serving: Serving, limit: int) -> list[Any]:
    """The model knows what may be in a body; FastAPI would parse it a second time."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaTypeError("Send JSON, with the header Content-Type: application/json.")
    try:
        return serving.inputs.parse(await request.body(), limit)
    except ClientDisconnect as error:
        raise ClientGoneError("The client has gone.") from error


@router.post(
    "",
    responses={200: {"model": schemas.PredictResponse}},
    openapi_extra=schemas.body(schemas.PredictRequest),
)
async def predict(request: Request) -> Response:
    serving = serving_of(request)
    instances = await read_instances(request, serving, schemas.MAX_INSTANCES)
    rows = serving.inputs.rows(instances)
    predictions = await serving.batcher.predict(rows, lambda: has_gone(request))
    return Response(schemas.to_json(serving.info, predictions), media_type="application/json")


@model_router.get("")
async def describe_model(request: Request) -> schemas.ServedModel:
    return schemas.ServedModel.of(serving_of(request))
