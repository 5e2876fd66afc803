"""A span for each attempt of a task, linked to the request that has submitted it."""

from opentelemetry import trace
from opentelemetry.context import Context, attach
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.tasks import TaskRecord
from app.tasks.backend import Outcome
from app.tasks.registry import CountAlone
from app.tasks.schemas import TaskState
from app.telemetry.tasks import MeasuredTaskRegistry

TRACER = trace.get_tracer(__name__)
PROPAGATOR = TraceContextTextMapPropagator()


class TracedTaskRegistry(MeasuredTaskRegistry):
    def context(self) -> dict[str, str]:
        context = super().context()
        PROPAGATOR.inject(context)
        return context

    async def run_attempt(self, task: TaskRecord, count_alone: CountAlone) -> Outcome:
        # In the trace of the request, for then it is sampled when that was.
        parent = PROPAGATOR.extract(task.context, Context())
        request = trace.get_current_span(parent).get_span_context()
        span = TRACER.start_span(
            f"task {self.known(task.name)}",
            parent,
            SpanKind.CONSUMER,
            {"task.id": str(task.id), "task.attempt": task.attempts},
            [Link(request)] if request.is_valid else [],
        )
        # For good: the line after its end, which says how it went, has its IDs too.
        attach(trace.set_span_in_context(span))
        try:
            outcome = await super().run_attempt(task, count_alone)
            span.set_attribute("task.state", outcome.state)
            if outcome.state == TaskState.FAILED:
                span.set_status(StatusCode.ERROR)
            return outcome
        finally:
            span.end()
