"""What every domain does with its rows, as its clients see it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, ClassVar
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient

# % if cookiecutter.auth == "none"
from .fields import Field, Fields, Make, Reference, Row, create

# % else
from .clients import as_admin
from .fields import Field, Fields, Make, Reference, Row, create

# % endif
ABSENT = object()


def pointers(refused: httpx2.Response) -> set[str]:
    return {error["pointer"].removeprefix("#/") for error in refused.json().get("errors", [])}


def refused_fields(refused: httpx2.Response) -> set[str]:
    """Also those of which only a part is wrong, such as an item of a list."""
    return {pointer.partition("/")[0] for pointer in pointers(refused)}


def part(row: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """What a row has where these values are."""
    return {name: row.get(name) for name in values}


class DomainTests:
    """A subclass, named `Test...`, runs all of these; it replaces those that its domain does not fulfil."""

    url: ClassVar[str]
    make: ClassVar[Make]
    fields: ClassVar[Fields]
    # No two rows have the same values in all of these.
    together: ClassVar[Sequence[str]] = ()

    # % if cookiecutter.auth != "none"
    # Whether its rows belong to everybody, and admins write them.
    shared: ClassVar[bool] = False

    @pytest.fixture(autouse=True)
    def rows_of_others(self, client: TestClient, stranger: TestClient) -> Iterator[list[Row]]:
        """Whatever a test finds, counts or changes: these have the same values, and are never among it."""
        rows = [] if self.shared else [self.make(stranger) for _ in range(3)]
        yield rows
        assert [stranger.get(row.url).json() for row in rows] == rows

    # % endif
    @pytest.fixture
    def row(self, client: TestClient) -> Row:
        return self.make(client)

    @pytest.fixture
    def rows(self, client: TestClient) -> list[Row]:
        return [self.make(client) for _ in range(3)]

    def body_of(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in self.fields}

    def refusals(self, client: TestClient, row: Row, values: dict[str, Any]) -> list[httpx2.Response]:
        """The responses when a row is created, and another one changed, with these values."""
        return [
            client.post(self.url, json=self.body_of(row) | values),
            client.patch(row.url, json=values),
        ]

    def names(self, wanted: Callable[[Field], bool]) -> list[str]:
        return [name for name, field in self.fields.items() if wanted(field)]

    def page(self, client: TestClient, /, **query: Any) -> dict[str, Any]:
        response = client.get(self.url, params=query)
        assert response.status_code == 200, f"{query}: {response.text}"
        page: dict[str, Any] = response.json()
        return page

    def walk(self, client: TestClient, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list, one after the other."""
        while query.get("cursor", "start"):
            page = self.page(client, **query)
            yield page["items"]
            query["cursor"] = page["next_cursor"]

    def test_a_row_is_created_and_found_at_its_location(self, client: TestClient) -> None:
        body = self.fields.next_values(client, self.fields)
        created = client.post(self.url, json=body)
        assert created.status_code == 201, created.text
        assert created.headers["Location"] == f"{self.url}/{created.json()['id']}"
        assert client.get(created.headers["Location"]).json() == created.json()
        assert part(created.json(), body) == body
        assert created.json()["created_at"].endswith("Z")

    def test_pages_follow_each_other_in_the_order_of_creation(
        self, client: TestClient, rows: list[Row]
    ) -> None:
        assert self.page(client) == {"items": rows, "next_cursor": None}
        assert [*self.walk(client, limit=1)] == [[row] for row in rows]

    def test_a_bad_page_is_refused(self, client: TestClient) -> None:
        for query in [{"limit": 0}, {"limit": 101}, {"cursor": "no"}, {"sort": "-"}, {"nmae": "typo"}]:
            refused = client.get(self.url, params=query)
            assert (refused.status_code, pointers(refused)) == (422, {*query})

    def test_every_row_is_on_one_page_whatever_the_order_while_rows_come_and_go(
        self, client: TestClient
    ) -> None:
        sorts = ["created_at", *self.names(lambda field: field.sorts)]
        ties = [name for name in sorts[1:] if not self.fields[name].unique and name not in self.together[-1:]]
        for _ in range(2):
            same = self.fields.next_values(client, ties)
            self.make(client, **same)
            self.make(client, **same)
        for sort in [*sorts, *(f"-{name}" for name in sorts)]:
            self.check_sort(client, sort)

    def check_sort(self, client: TestClient, sort: str) -> None:
        pages = self.walk(client, sort=sort, limit=3)
        seen = next(pages)
        # Its successor has its values, and may or may not be seen too.
        client.delete(f"{self.url}/{seen[0]['id']}")
        created = create(client, self.url, self.body_of(seen[0]))
        seen += [row for page in pages for row in page]
        others = [row["id"] for row in seen if row["id"] != created["id"]]
        assert len(others) == len({*others}) == 4, f"{sort}: not every row once"
        column = sort.removeprefix("-")
        key = self.fields[column].sort_key if column in self.fields else str
        values = [key(row[column]) for row in seen]
        assert values == sorted(values, reverse=sort.startswith("-")), f"{sort}: in another order"

    def test_a_cursor_belongs_to_one_list(self, client: TestClient, rows: list[Row]) -> None:
        cursor = self.page(client, limit=1)["next_cursor"]
        filters = self.names(lambda field: field.filters and field.in_every_row)
        for query in [{"sort": "-created_at"}, *({name: rows[0][name]} for name in filters)]:
            refused = client.get(self.url, params={**query, "cursor": cursor})
            assert (refused.status_code, pointers(refused)) == (422, {"cursor"}), query

    def test_a_list_is_of_the_rows_that_have_the_values_wanted(self, client: TestClient) -> None:
        for _ in range(3):
            self.make(client, **self.fields.next_values(client, self.fields))
        rows = self.page(client, limit=100)["items"]
        for name in self.names(lambda field: field.filters):
            for value in {row[name] for row in rows if row[name] is not None}:
                found = self.page(client, **{name: value})["items"]
                assert found == [row for row in rows if row[name] == value], f"{name}={value}"

    def test_an_unknown_field_is_refused(self, client: TestClient, row: Row) -> None:
        for refused in self.refusals(client, row, {"nmae": "typo"}):
            assert (refused.status_code, pointers(refused)) == (422, {"nmae"})

    def test_what_is_missing_is_refused_or_has_its_default(self, client: TestClient, rows: list[Row]) -> None:
        required = self.names(lambda field: field.required)
        optional = self.names(lambda field: field.optional)
        nothing = dict.fromkeys(optional)
        absent = {name: field.default for name, field in self.fields.items() if not field.required}
        if required:
            refused = client.post(self.url, json={})
            assert (refused.status_code, pointers(refused)) == (422, {*required})
        for row in rows[:2]:
            changed = client.patch(row.url, json=nothing)
            assert part(changed.json(), nothing) == nothing
            created = client.post(self.url, json=self.fields.next_values(client, required))
            assert created.status_code == 201, created.text
            assert part(created.json(), absent) == absent

    def test_wrong_values_are_refused(self, client: TestClient, row: Row) -> None:
        wrong = {name: field.wrong() for name, field in self.fields.items()}
        wrong |= {name: (None, *wrong[name]) for name in self.names(lambda field: not field.optional)}
        for values in zip_longest(*wrong.values(), fillvalue=ABSENT):
            body = {name: value for name, value in zip(wrong, values, strict=True) if value is not ABSENT}
            for refused in self.refusals(client, row, body):
                assert refused.status_code == 422, body
                assert refused_fields(refused) == {*body}, body

    def test_a_taken_value_is_refused(self, client: TestClient, row: Row) -> None:
        for name in self.names(lambda field: field.unique):
            taken = self.make(client, **self.fields.next_values(client, [name]))
            self.check_conflict(client, row, {name: taken[name]})

    def check_conflict(self, client: TestClient, row: Row, values: dict[str, Any]) -> None:
        others = self.fields.next_values(client, self.names(lambda field: not field.optional))
        for refused in (
            client.post(self.url, json=others | values),
            client.patch(row.url, json=values),
        ):
            assert (refused.status_code, pointers(refused)) == (409, {*values})
            assert refused.headers["Content-Type"] == "application/problem+json"

    def test_values_that_are_taken_together_are_refused(self, client: TestClient, row: Row) -> None:
        if self.together:
            first = self.fields.next_values(client, self.together)
            self.make(client, **first)
            self.check_conflict(client, row, first)
        for name in self.together:
            if not self.fields[name].unique:
                self.make(client, **self.fields.next_values(client, self.together) | {name: first[name]})

    def test_an_unknown_reference_is_refused(self, client: TestClient, row: Row) -> None:
        for name in self.names(lambda field: isinstance(field, Reference)):
            for refused in self.refusals(client, row, {name: str(uuid4())}):
                assert (refused.status_code, pointers(refused)) == (422, {name})
                assert refused.json()["errors"][0]["type"] == "unknown_reference"

    def test_what_is_referred_to_is_not_deleted(self, client: TestClient) -> None:
        # % if cookiecutter.auth != "none"
        # Who may delete what is shared, too.
        client = as_admin(client)
        # % endif
        for name, field in self.fields.items():
            if isinstance(field, Reference):
                parent = field.make(client)
                row = self.make(client, **{name: parent["id"]})
                refused = client.delete(parent.url)
                assert (refused.status_code, name) == (409, name)
                assert refused.json()["detail"] == f"This is in use by {self.url.rpartition('/')[2]}."
                client.delete(row.url)
                assert client.delete(parent.url).status_code == 204

    # % if cookiecutter.auth != "none"
    def test_rows_of_others_are_not_there(self, client: TestClient, rows_of_others: list[Row]) -> None:
        for row in rows_of_others:
            body = self.body_of(row)
            for response in (client.get(row.url), client.patch(row.url, json=body), client.delete(row.url)):
                assert response.status_code == 404
            for name in self.names(lambda field: field.filters and field.in_every_row):
                assert self.page(client, **{name: row[name]})["items"] == []

    def test_rows_of_others_cannot_be_referred_to(
        self, client: TestClient, stranger: TestClient, row: Row
    ) -> None:
        for name, field in self.fields.items():
            parent = field.make(stranger) if isinstance(field, Reference) else row
            if client.get(parent.url).status_code == 404:
                for refused in self.refusals(client, row, {name: parent["id"]}):
                    assert (refused.status_code, pointers(refused)) == (422, {name})
                    assert refused.json()["errors"][0]["type"] == "unknown_reference"

    def test_only_admins_write_what_is_shared(
        self, client: TestClient, stranger: TestClient, row: Row
    ) -> None:
        requests = [("POST", self.url), ("PATCH", row.url), ("DELETE", row.url)]
        tried = {stranger.request(method, url, json={}).status_code for method, url in requests}
        # Else others may write, but not this row.
        assert tried == {403} or not self.shared
        assert stranger.get(row.url).status_code == (200 if self.shared else 404)
        assert client.get(row.url).json() == row

    # % endif
    def test_a_row_is_changed(self, client: TestClient, row: Row) -> None:
        changes = self.fields.next_values(client, self.fields)
        changed = client.patch(row.url, json=changes)
        assert changed.status_code == 200, changed.text
        assert part(changed.json(), changes) == changes
        assert changed.json()["updated_at"] > row["updated_at"] or not changes
        assert client.get(row.url).json() == changed.json()

    def test_a_row_keeps_its_values(self, client: TestClient, row: Row) -> None:
        for same in ({}, self.body_of(row)):
            assert client.patch(row.url, json=same).json() == row

    def test_a_deleted_row_is_gone(self, client: TestClient, row: Row) -> None:
        deleted = client.delete(row.url)
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert client.get(row.url).status_code == 404

    def test_an_unknown_row_is_not_found(self, client: TestClient, row: Row) -> None:
        url = f"{self.url}/{uuid4()}"
        body = self.body_of(row)
        for response in (client.get(url), client.patch(url, json=body), client.delete(url)):
            assert response.status_code == 404
            assert response.headers["Content-Type"] == "application/problem+json"
