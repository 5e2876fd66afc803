"""The endpoints of the model: read the request, ask the model, name the response."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from structlog.contextvars import bind_contextvars

from app.errors import ServiceError
from app.routing import straight
from app.tasks import TaskRecord, TasksDep

from . import schemas
from .batcher import CallerGoneError
from .callers import has_gone
from .model import Model
from .operators import OperatorOnly
from .serving import Serving
from .tasks import predict_all

router = APIRouter(tags=["predictions"])


class NotJsonError(ServiceError):
    status = 415


def serving_of(request: Request) -> Serving:
    """One model for the whole request, also when another one takes its place meanwhile.

    No dependency, for that would cost each prediction 20 us.
    """
    model: Model = request.state.model
    serving = model.current()
    # Every line of the request says which model it was, the access line too.
    bind_contextvars(model_version=serving.info.version)
    return serving


async def instances_of(request: Request, serving: Serving, most: int) -> list[Any]:
    """The model knows what may be in a body. Through FastAPI it would be read twice."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise NotJsonError("Send JSON, with the header Content-Type: application/json.")
    try:
        return serving.inputs.parse(await request.body(), most)
    except ClientDisconnect as error:
        raise CallerGoneError("The caller has gone.") from error


@router.post(
    "/predict",
    responses={200: {"model": schemas.PredictReply}},
    openapi_extra=schemas.body(schemas.PredictRequest),
)
@straight
async def predict(request: Request) -> Response:
    serving = serving_of(request)
    instances = await instances_of(request, serving, schemas.MOST_INSTANCES)
    rows = serving.inputs.rows(instances)
    predictions = await serving.batcher.predict(rows, lambda: has_gone(request))
    return Response(schemas.reply(serving.info, predictions), media_type="application/json")


@router.post("/predict/batch", status_code=202, openapi_extra=schemas.body(schemas.BatchRequest))
async def start_batch(tasks: TasksDep, request: Request) -> TaskRecord:
    serving = serving_of(request)
    instances = await instances_of(request, serving, schemas.MOST_OF_BATCH)
    serving.inputs.rows(instances)  # Refuses what has the wrong shape.
    return tasks.submit(predict_all, instances=instances)


@router.get("/model")
async def describe_model(request: Request) -> schemas.AboutModel:
    return schemas.AboutModel.of(serving_of(request))


@router.post("/model/reload", dependencies=[OperatorOnly])
async def reload_model(request: Request) -> schemas.AboutModel:
    model: Model = request.state.model
    return schemas.AboutModel.of(await model.reload())
