"""Run next to a client that was generated for a service: what a program of its users would do."""

import sys

from my_service_client import Client  # ty: ignore[import-not-found]
from my_service_client.api.orders import create_order, get_order, list_orders  # ty: ignore[import-not-found]
from my_service_client.models import OrderCreate, OrderPage, OrderRead, Problem  # ty: ignore[import-not-found]


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


if __name__ == "__main__":
    main(sys.argv[1])
