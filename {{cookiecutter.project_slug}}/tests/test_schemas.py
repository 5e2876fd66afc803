import datetime as dt
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from pydantic import TypeAdapter, ValidationError

from app.clock import now
from app.schemas import Amount, Date, DateTime, EntityRead, Float, Integer, Json, LongText, Text
from tests.support.domain import pointers, refused_fields

UTC = dt.UTC


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        (Text, "\N{SNOWMAN}" * 255, "\N{SNOWMAN}" * 255),
        (LongText, "", ""),
        (LongText, "two\r\nlines\t", "two\r\nlines\t"),
        (Integer, 2**53 - 1, 2**53 - 1),
        (Integer, 1 - 2**53, 1 - 2**53),
        (Float, 1, 1.0),
        (Float, -1.5, -1.5),
        (Date, "2024-02-29", dt.date(2024, 2, 29)),
        (Date, dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
        (DateTime, "2026-01-01T09:00:00+09:00", dt.datetime(2026, 1, 1, tzinfo=UTC)),
        (DateTime, "2026-01-01 00:00:00.5z", dt.datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)),
        (DateTime, dt.datetime(2026, 1, 1, tzinfo=UTC), dt.datetime(2026, 1, 1, tzinfo=UTC)),
        (Json, [False, 0, "", {}, None], [False, 0, "", {}, None]),
    ],
)
def test_a_field_keeps_what_it_is_sent(kind: Any, sent: Any, kept: Any) -> None:
    assert TypeAdapter[Any](kind).validate_python(sent) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (12, "12.0000"),
        (-12.5, "-12.5000"),
        (0.1 + 0.2, "0.3000"),
        (99_999_999_998.9999, "99999999998.9999"),
        (10**11 - 1, "99999999999.0000"),
        ("12.5", "12.5000"),
        ("-0", "0.0000"),
        (-0.0, "0.0000"),
        ("99999999999999.9999", "99999999999999.9999"),
        (Decimal("1E+2"), "100.0000"),
    ],
)
def test_an_amount_is_a_number_or_a_text_and_sent_as_a_text(sent: Any, kept: str) -> None:
    amount = TypeAdapter(Amount).validate_python(sent)
    assert TypeAdapter(Amount).dump_python(amount, mode="json") == kept


@pytest.mark.parametrize(
    "sent",
    [
        *(
            True,
            None,
            0.00001,
            12.34567,
            1e11,
            10**11,
            float("nan"),
            float("inf"),
            "",
            " 1",
            "1,5",
            "1.",
            ".5",
        ),
        *("+1", "1e2", "0x1", "1_000", "\N{ARABIC-INDIC DIGIT ONE}", "1.00001", "1" + "0" * 14, "NaN"),
        *(Decimal("NaN"), Decimal("1.00001"), Decimal("1E+14")),
    ],
)
def test_an_amount_that_is_not_exact_is_refused(sent: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Amount).validate_python(sent)


def test_the_document_names_all_that_an_amount_may_be() -> None:
    sent, received = (TypeAdapter(Amount).json_schema(mode=mode) for mode in ("validation", "serialization"))
    largest = 99_999_999_999
    assert sent["anyOf"] == [
        {"type": "number", "minimum": -largest, "maximum": largest, "multipleOf": 0.0001},
        {"type": "string", "pattern": r"^-?\d{1,14}(\.\d{1,4})?$"},
    ]
    assert received["type"] == "string"


@pytest.mark.parametrize("kind", [Date, DateTime])
@pytest.mark.parametrize(
    "sent", [0, 1577836800, 1.5, True, None, "1577836800", "2026", "2026-01", "today", b""]
)
def test_a_number_is_no_date(kind: Any, sent: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](kind).validate_python(sent)


def test_times_are_sent_in_utc() -> None:
    read = EntityRead(id=uuid4(), created_at=now(), updated_at=now())
    assert read.model_dump(mode="json")["created_at"].endswith("Z")


def test_a_wrong_item_of_a_list_is_named_by_its_place(app: FastAPI, client: TestClient) -> None:
    @app.post("/probe-tags")
    async def tag(tags: Annotated[list[Text], Body(embed=True)]) -> None: ...

    refused = client.post("/probe-tags", json={"tags": ["a", 1, ""]})
    assert (refused.status_code, pointers(refused)) == (422, {"tags/1", "tags/2"})
    assert refused_fields(refused) == {"tags"}
