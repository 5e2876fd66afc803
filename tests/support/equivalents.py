"""Mutants that no test can tell from the code: each with the reason why there is nothing to see."""

TYPES_ONLY = "It says something to type checkers alone."
ALL_OUTPUTS = "onnxruntime gives all outputs or raises."
EQUIVALENT: dict[str, str] = {
    "app/predictions/onnx.py: `return dict(zip(self._outputs, outputs, strict=True))`: `True` -> `False`": ALL_OUTPUTS,  # noqa: E501
    "app/predictions/onnx.py: `return dict(zip(self._outputs, outputs, strict=True))`: `strict=True` -> `**{}`": ALL_OUTPUTS,  # noqa: E501
    "app/state.py: `class State(TypedDict, total=False):`: `total=False` -> `**{}`": TYPES_ONLY,
    "app/state.py: `class State(TypedDict, total=False):`: `False` -> `True`": TYPES_ONLY,
}
