"""Mutants that no test can tell from the code: each with the reason why there is nothing to see."""

EQUIVALENT: dict[str, str] = {}
