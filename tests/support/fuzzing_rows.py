"""Run in a service: makes a row of each domain, and prints what these refer to, by path and field."""

import json
import sys
from importlib import import_module

import httpx2
from app.domains import DOMAINS  # ty: ignore[import-not-found]
from tests.support.fields import Reference  # ty: ignore[import-not-found]

rows = {}
with httpx2.Client(base_url=sys.argv[1]) as client:
    for domain in DOMAINS:
        name = domain.__name__.rpartition(".")[2]
        fields = import_module(f"tests.domains.{name}.factory").FIELDS
        row = fields.create(client, f"/v1/{name}", {})
        references = [field for field in fields if isinstance(fields[field], Reference)]
        rows[f"/v1/{name}"] = {field: row[field] for field in references}
print(json.dumps(rows))
