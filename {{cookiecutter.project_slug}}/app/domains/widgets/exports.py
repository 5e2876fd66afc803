"""The endpoint that starts an export in the background."""

from app.tasks import TaskRecord, TasksDep
from .router import router
from .tasks import export_widgets


@router.post("/export", status_code=202)
async def start_widget_export(tasks: TasksDep) -> TaskRecord:
    return tasks.submit(export_widgets)
