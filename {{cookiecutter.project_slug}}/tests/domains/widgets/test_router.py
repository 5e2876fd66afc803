from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.domain import DomainTests


class TestWidgets(DomainTests):
    url = "/v1/widgets"
    bodies = ({"name": "b"}, {"name": "a"}, {"name": "c"})

    @pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines", "\x00", None, 1, False])
    def test_a_bad_name_is_refused(self, client: TestClient, rows: list[dict[str, Any]], name: Any) -> None:
        for refused in self.refusals(client, rows[0], name=name):
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] == "#/name"

    def test_a_taken_name_is_refused(self, client: TestClient, rows: list[dict[str, Any]]) -> None:
        for refused in self.refusals(client, rows[0], name=rows[1]["name"]):
            assert refused.status_code == 409
            assert refused.headers["Content-Type"] == "application/problem+json"
