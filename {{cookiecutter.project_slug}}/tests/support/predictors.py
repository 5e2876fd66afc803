"""A model for tests: it doubles a number, remembers its batches, and waits or fails as a test wants."""

import threading

import numpy as np

from app.predictions import Array, Batch, ModelInfo


class FakePredictor:
    inputs = (Array("x", "float64"),)

    def __init__(self, version: str = "1") -> None:
        self.info = ModelInfo(name="fake", version=version)
        self.batches: list[list[float]] = []
        self.errors: dict[float, BaseException] = {}
        """What is raised for a batch with this number in it."""
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def predict(self, batch: Batch) -> Batch:
        assert self.may_go_on.wait(timeout=30)
        numbers = batch["x"].tolist()
        self.batches.append(numbers)
        for number, error in self.errors.items():
            if number in numbers:
                raise error
        return {"y": np.asarray(batch["x"]) * 2}
