"""Trains the model of this service, a forest that tells irises apart: `make model`."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import train_test_split

NAME = "iris"
# Count it up with every change: clients see it in each response.
VERSION = "1"
FOLDER = Path(__file__).resolve().parent.parent / "models"
CARD = """# The model {name}, version {version}

It tells three kinds of iris apart: {classes}.

- **Input** `features`: {features}.
- **Output** `label`, the likeliest class; `probabilities`, one for each class, in the order above.
- **Data**: the iris data set of R. A. Fisher (1936), 150 flowers, as it ships inside scikit-learn.
- **Method**: a random forest of {trees} trees, trained on {training} flowers, exported to ONNX.
- **Limits**: three species, measured by one person; nothing else is an iris to it. It is an example.

Measured on {testing} flowers that it has not seen:

| metric | value |
| --- | --- |
{metrics}

Made by `make model`, which trains it again and writes this page.
"""


def split() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features to train with and to test with, then the labels of both."""
    data: Any = load_iris()
    features, labels = data.data.astype(np.float32), data.target_names.astype(str)[data.target]
    return tuple(train_test_split(features, labels, test_size=0.3, random_state=0, stratify=labels))


def train() -> RandomForestClassifier:
    features, _, labels, _ = split()
    return RandomForestClassifier(n_estimators=100, random_state=0).fit(features, labels)


def measure(forest: RandomForestClassifier) -> dict[str, float]:
    _, features, _, labels = split()
    found = forest.predict(features)
    scores = {
        "accuracy": accuracy_score(labels, found),
        "f1_macro": f1_score(labels, found, average="macro"),
        "log_loss": log_loss(labels, forest.predict_proba(features)),
    }
    return {name: round(float(score), 4) for name, score in scores.items()}


def export(forest: RandomForestClassifier) -> bytes:
    """The forest as ONNX: arrays in, arrays out, any number of rows."""
    inputs = [("features", FloatTensorType([None, forest.n_features_in_]))]
    model = to_onnx(forest, initial_types=inputs, options={"zipmap": False})
    [weights] = [part for node in model.graph.node for part in node.attribute if part.name == "class_weights"]
    # Sums of such fractions are exact in float32: the same to the last bit in whatever order threads add.
    weights.floats[:] = [round(weight * 2**22) / 2**22 for weight in weights.floats]
    return model.SerializeToString()


def describe(forest: RandomForestClassifier, metrics: dict[str, float]) -> str:
    """The model card, for people."""
    data: Any = load_iris()
    training, testing, _, _ = split()
    return CARD.format(
        name=NAME,
        version=VERSION,
        classes=", ".join(forest.classes_),
        features=", ".join(data.feature_names),
        trees=forest.n_estimators,
        training=len(training),
        testing=len(testing),
        metrics="\n".join(f"| {name} | {score:g} |" for name, score in metrics.items()),
    )


def main(folder: Path) -> None:
    forest = train()
    metrics, model = measure(forest), export(forest)
    checksum = hashlib.sha256(model).hexdigest()
    classes = [str(name) for name in forest.classes_]
    about = {
        "name": NAME,
        "version": VERSION,
        "sha256": checksum,
        "classes": classes,
        "metrics": metrics,
    }
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(describe(forest, metrics), encoding="utf-8")
    print(f"Wrote {NAME} {VERSION}, {len(model)} bytes, accuracy {metrics['accuracy']}, into {folder}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
