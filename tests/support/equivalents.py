"""Mutants that no test can tell from the code: each with the reason why there is nothing to see."""

TYPES_ONLY = "It says something to type checkers alone."
EQUIVALENT: dict[str, str] = {
    "app/state.py: `class State(TypedDict, total=False):`: `total=False` -> `**{}`": TYPES_ONLY,
    "app/state.py: `class State(TypedDict, total=False):`: `False` -> `True`": TYPES_ONLY,
}
