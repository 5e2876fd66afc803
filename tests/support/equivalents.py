"""Mutants that no test can tell from the code: each with the reason why there is nothing to see."""

TYPES_ONLY = "It says something to type checkers alone."
ANY_ROW = "One row or two say the same: only the first is read."
TIME_ALONE = "It saves time, and changes no result."
ALL_OUTPUTS = "onnxruntime gives all outputs or raises."
FIRST_WORD = "Only the first word is read."
EQUIVALENT: dict[str, str] = {
    "app/database/violations.py: `found = select(literal(1)).where(or_(false(), *(key == id for key in keys))).limit(1)`: `1` -> `2`": ANY_ROW,  # noqa: E501
    "app/main.py: `gc.freeze()`: `gc.freeze()` -> `pass`": TIME_ALONE,
    "app/predictions/onnx.py: `return dict(zip(self._outputs, outputs, strict=True))`: `True` -> `False`": ALL_OUTPUTS,  # noqa: E501
    "app/predictions/onnx.py: `return dict(zip(self._outputs, outputs, strict=True))`: `strict=True` -> `**{}`": ALL_OUTPUTS,  # noqa: E501
    "app/state.py: `class State(TypedDict, total=False):`: `total=False` -> `**{}`": TYPES_ONLY,
    "app/state.py: `class State(TypedDict, total=False):`: `False` -> `True`": TYPES_ONLY,
    "app/telemetry/traced/statements.py: `words = statement.split(maxsplit=1)`: `1` -> `2`": FIRST_WORD,
}
