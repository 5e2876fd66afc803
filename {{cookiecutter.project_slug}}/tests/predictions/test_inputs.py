from typing import Any

import numpy as np
import pytest

from app.predictions import Array, InvalidInstanceError
from app.predictions.inputs import Inputs

NUMBERS = Inputs([Array("x", "float32", (2,))])


def refused(inputs: Inputs, *instances: Any) -> list[str]:
    """The pointers to what is wrong."""
    with pytest.raises(InvalidInstanceError) as raised:
        inputs.rows(inputs.check([*instances]))
    return [error["pointer"] for error in raised.value.members["errors"]]


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ([1.0], ""),
        ([1.0, 2.0, 3.0], ""),
        ([], ""),
        (1.0, ""),
        ("ab", ""),
        (None, ""),
        ({"0": 1.0}, ""),
        ([1.0, float("nan")], "/1"),
        ([float("inf"), 1.0], "/0"),
        ([1.0, 3.5e38], "/1"),
        ([1.0, -3.5e38], "/1"),
        ([1.0, 10**400], "/1"),
        ([1.0, True], "/1"),
        ([1.0, "1"], "/1"),
        ([1.0, None], "/1"),
        ([1.0, [1.0]], "/1"),
    ],
    ids=repr,
)
def test_a_value_that_does_not_fit_is_pointed_at(value: Any, pointer: str) -> None:
    assert refused(NUMBERS, {"x": [0, 0]}, {"x": value}) == [f"#/instances/1/x{pointer}"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_called_too_large(value: float) -> None:
    with pytest.raises(InvalidInstanceError) as raised:
        NUMBERS.check([{"x": [value, 0]}])
    assert raised.value.members["errors"][0]["type"] == "finite_number"


def test_everything_wrong_is_returned_at_once() -> None:
    found = refused(NUMBERS, {}, {"x": [1, 2], "y": 1}, 5)
    assert found == ["#/instances/0/x", "#/instances/1/y", "#/instances/2"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("float16", 65504, 65505),
        ("float64", 1e300, float("-inf")),
        ("int8", -128, -129),
        ("int64", 2**63 - 1, 2**63),
        ("uint64", 2**64 - 1, -1),
        ("bool", True, 1),
        ("str", "\uc8fc\ubb38 \x00", 1),
        ("str", "", "\ud800"),
        ("int32", 1, 1.5),
        ("int32", 1, True),
    ],
)
def test_every_type_has_its_bounds(kind: str, good: Any, bad: Any) -> None:
    inputs = Inputs([Array("x", kind)])
    [row] = inputs.rows(inputs.check([{"x": good}]))
    assert row["x"].tolist() == good
    assert refused(inputs, {"x": bad}) == ["#/instances/0/x"]


@pytest.mark.parametrize(("kind", "value"), [("float32", 1.0), ("str", "a")])
def test_a_free_size_takes_any_rectangle(kind: str, value: Any) -> None:
    inputs = Inputs([Array("x", kind, (None, None))])
    for shape in ((1, 1), (2, 3)):
        [row] = inputs.rows(inputs.check([{"x": np.full(shape, value, object).tolist()}]))
        assert row["x"].shape == shape
    assert refused(inputs, {"x": [[value], [value, value]]}) == ["#/instances/0/x"]
    assert refused(inputs, {"x": []}) == ["#/instances/0/x"]


def test_several_inputs_are_read_and_described() -> None:
    inputs = Inputs([Array("a:0", "str"), Array("b", "int8", (None, 2))])
    assert inputs.example() == {"a:0": "", "b": [[0, 0]]}
    [row] = inputs.rows(inputs.check([inputs.example()]))
    assert (row["a:0"].dtype, row["b"].dtype) == (object, np.int8)
    schema = inputs.schema()
    assert schema["required"] == ["a:0", "b"]
    assert schema["properties"]["b"]["items"]["maxItems"] == 2
    assert schema["properties"]["b"]["items"]["items"]["minimum"] == -128
