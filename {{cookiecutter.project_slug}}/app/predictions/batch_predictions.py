"""The endpoint for many instances, which are predicted in the background."""

from fastapi import Request

from app.tasks import TaskRecord, TasksDep
from . import schemas
from .router import read_instances, router, serving_of
from .tasks import predict_all


@router.post("/batch", status_code=202, openapi_extra=schemas.body(schemas.BatchRequest))
async def predict_batch(request: Request, tasks: TasksDep) -> TaskRecord:
    serving = serving_of(request)
    instances = await read_instances(request, serving, schemas.MAX_BATCH_INSTANCES)
    serving.inputs.rows(instances)  # Refuses what has the wrong shape.
    return tasks.submit(predict_all, instances=instances)
