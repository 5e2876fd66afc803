"""Money: two digits after the point."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from app.schemas import Amount

CENT = Decimal("0.01")


def in_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT)


Money = Annotated[Decimal, AfterValidator(in_cents)]
Price = Annotated[Amount, Field(ge=0, lt=10**8, decimal_places=2, examples=["12.50"]), AfterValidator(in_cents)]
