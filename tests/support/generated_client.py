"""Run next to a client that was generated for a service: what a program of its users would do."""

import datetime as dt
import sys
from uuid import uuid4

from my_service_client import Client  # ty: ignore[import-not-found]
from my_service_client.api.orders import create_order, get_order, list_orders  # ty: ignore[import-not-found]
from my_service_client.api.payments import (  # ty: ignore[import-not-found]
    create_payment,
    list_payments,
    update_payment,
)
from my_service_client.models import (  # ty: ignore[import-not-found]
    ListPaymentsSort,
    OrderCreate,
    OrderPage,
    OrderRead,
    PaymentCreate,
    PaymentCreateStatus,
    PaymentPage,
    PaymentRead,
    PaymentUpdate,
    Problem,
)


def main(url: str) -> None:
    with Client(base_url=url, raise_on_unexpected_status=True) as client:
        made = create_order.sync(client=client, body=OrderCreate(name="first"))
        assert isinstance(made, OrderRead), made
        page = list_orders.sync(client=client, limit=10)
        assert isinstance(page, OrderPage), page
        assert made in page.items
        missing = get_order.sync(client=client, id="00000000-0000-4000-8000-000000000000")
        assert isinstance(missing, Problem), missing
        assert missing.status == 404
        refused = create_order.sync(client=client, body=OrderCreate(name=""))
        assert isinstance(refused, Problem), refused
        assert (refused.status, refused.errors[0].pointer) == (422, "#/name")
        pay(client, made)


def pay(client: Client, order: OrderRead) -> None:
    new = PaymentCreate(
        order_id=order.id,
        total="12.5",
        status=PaymentCreateStatus.WRITTEN_OFF,
        day=dt.date(2026, 1, 31),
        token=uuid4(),
        active=True,
        count=3,
    )
    made = create_payment.sync(client=client, body=new)
    assert isinstance(made, PaymentRead), made
    assert (made.total, made.day, made.status) == ("12.5000", new.day, new.status)
    page = list_payments.sync(client=client, order_id=order.id, sort=ListPaymentsSort.VALUE_1)
    assert isinstance(page, PaymentPage), page
    assert page.items == [made]
    changed = update_payment.sync(client=client, id=made.id, body=PaymentUpdate(note="late", total=7))
    assert isinstance(changed, PaymentRead), changed
    assert (changed.note, changed.total) == ("late", "7.0000")


if __name__ == "__main__":
    main(sys.argv[1])
