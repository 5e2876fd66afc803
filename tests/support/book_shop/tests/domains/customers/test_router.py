from fastapi.testclient import TestClient

from tests.support.domain import DomainTests
from .factory import FIELDS, make_customer


class TestCustomers(DomainTests):
    url = "/v1/customers"
    make = staticmethod(make_customer)
    fields = FIELDS


def test_two_customers_may_have_one_name(client: TestClient) -> None:
    ada, other = (make_customer(client, name="Ada") for _ in range(2))
    assert client.get(TestCustomers.url).json()["items"] == [ada, other]
