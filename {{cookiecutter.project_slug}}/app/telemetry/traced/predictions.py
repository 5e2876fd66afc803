"""A span for each batch of the model, linked to the requests whose rows are in it."""

from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext

from app.predictions.batcher import Prediction
from app.predictions.predictor import Row
from app.telemetry.predictions import MeasuredBatcher

TRACER = trace.get_tracer(__name__)


class TracedBatcher(MeasuredBatcher):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._requests: dict[int, SpanContext] = {}

    async def predict(
        self, rows: Sequence[Row], gone: Callable[[], bool] = lambda: False
    ) -> list[Prediction]:
        span = trace.get_current_span()
        if not span.is_recording():
            return await super().predict(rows, gone)
        requests = dict.fromkeys(map(id, rows), span.get_span_context())
        self._requests.update(requests)
        try:
            return await super().predict(rows, gone)
        finally:
            for row in requests:
                del self._requests[row]

    async def compute(self, rows: Sequence[Row]) -> list[Prediction | Exception]:
        found = [self._requests[id(row)] for row in rows if id(row) in self._requests]
        if not found and not trace.get_current_span().is_recording():
            return await super().compute(rows)
        # In the trace of the first request, for then it is sampled; those of a task are in its own.
        parent = trace.set_span_in_context(NonRecordingSpan(found[0])) if found else None
        links = [Link(each) for each in {each.span_id: each for each in found}.values()]
        with TRACER.start_as_current_span(
            "prediction batch", parent, attributes={"prediction.rows": len(rows)}, links=links
        ):
            return await super().compute(rows)
