"""The endpoints of the model: read the request, ask the model, name the response."""

from fastapi import APIRouter, Request
from structlog.contextvars import bind_contextvars

from app.tasks import TaskRecord, TasksDep

from . import schemas
from .callers import has_gone
from .model import Model
from .operators import OperatorOnly
from .serving import Serving
from .tasks import predict_all

router = APIRouter(tags=["predictions"])


def serving_of(request: Request) -> Serving:
    """One model for the whole request, also when another one takes its place meanwhile.

    No dependency, for that would cost each prediction 20 us.
    """
    model: Model = request.state.model
    serving = model.current()
    # Every line of the request says which model it was, the access line too.
    bind_contextvars(model_version=serving.info.version)
    return serving


@router.post("/predict")
async def predict(data: schemas.PredictRequest, request: Request) -> schemas.PredictReply:
    serving = serving_of(request)
    rows = serving.inputs.read(data.instances)
    predictions = await serving.batcher.predict(rows, lambda: has_gone(request))
    return schemas.PredictReply.of(serving.info, predictions)


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
