"""The endpoints of the model: read the request, ask the model, name the response."""

import orjson
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from structlog.contextvars import bind_contextvars

from app.errors import ServiceError
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


async def body_of(request: Request) -> bytes:
    if "json" not in request.headers.get("Content-Type", ""):
        raise NotJsonError("Send JSON, with the header Content-Type: application/json.")
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise CallerGoneError("The caller has gone.") from error


@router.post("/predict", responses={200: {"model": schemas.PredictReply}}, openapi_extra=schemas.PREDICT_BODY)
async def predict(request: Request) -> Response:
    """The model knows what may be in the body. Through FastAPI it would be read twice."""
    serving = serving_of(request)
    rows = serving.inputs.read_body(await body_of(request))
    predictions = await serving.batcher.predict(rows, lambda: has_gone(request))
    reply = schemas.reply(serving.info, predictions)
    return Response(orjson.dumps(reply), media_type="application/json")


@router.post("/predict/batch", status_code=202)
async def start_batch(data: schemas.BatchRequest, tasks: TasksDep, request: Request) -> TaskRecord:
    serving_of(request).inputs.read(data.instances)
    return tasks.submit(predict_all, instances=data.instances)


@router.get("/model")
async def describe_model(request: Request) -> schemas.AboutModel:
    return schemas.AboutModel.of(serving_of(request))


@router.post("/model/reload", dependencies=[OperatorOnly])
async def reload_model(request: Request) -> schemas.AboutModel:
    model: Model = request.state.model
    return schemas.AboutModel.of(await model.reload())
