"""`make routes` of a service: what was added later is listed, with the line where it is written."""

import re
import shutil
from pathlib import Path

import pytest
from support.fixtures import Presets
from support.shop import make

# With the tests of presets, whose services they share.
pytestmark = pytest.mark.xdist_group("presets")
ROUTE = re.compile(r"(\S+) +(\S+) +(\S+) +(app/\S+):(\d+)")
PLURAL = "/v1/books"
ONE = "/v1/books/{id:uuid}"


def test_a_domain_that_was_made_later_is_listed(presets: Presets, tmp_path: Path) -> None:
    service = Path(shutil.copytree(presets["minimal"], tmp_path / "service"))
    make(service, "-s", "domain", "name=books(title)", env={})
    found = ROUTE.findall(make(service, "-s", "routes", env={}))
    added = [route[:3] for route in found if route[3] == "app/domains/books/router.py"]
    assert added == [
        ("POST", PLURAL, "create_book"),
        ("GET", PLURAL, "list_books"),
        ("GET", ONE, "get_book"),
        ("PATCH", ONE, "update_book"),
        ("DELETE", ONE, "delete_book"),
    ]
    for method, _, handler, file, number in found:
        lines = (service / file).read_text(encoding="utf-8").splitlines()[int(number) - 1 :]
        definition = next(line for line in lines if re.match(r" *(async def|def|class) ", line))
        assert re.search(rf"\b{handler}\b", definition), (method, file, number)
