"""The slow job, in two ways: the client reads the result later, or waits for it."""

from pydantic import BaseModel, Field

from app.routing import PrefixRouter
from app.tasks import TaskRecord, TasksDep
from .tasks import simulate

router = PrefixRouter(prefix="/simulations", tags=["simulations"])


class Simulation(BaseModel, extra="forbid"):
    wait_time: float = Field(ge=1, le=10, strict=True, examples=[1], description="Seconds.")


@router.post("", status_code=202)
async def start_simulation(data: Simulation, tasks: TasksDep) -> TaskRecord:
    """Responds at once."""
    return tasks.submit(simulate, wait_time=data.wait_time)


@router.post("/sync")
async def wait_for_simulation(data: Simulation) -> dict[str, float]:
    """Responds when the job is done."""
    return await simulate(None, data.wait_time)
