"""Run in a service: makes a row of each domain, and prints its ID and what it refers to, by path."""

import json
import sys
from importlib import import_module

import httpx2
from app.domains import DOMAINS  # ty: ignore[import-not-found]
from tests.support.fields import Reference  # ty: ignore[import-not-found]

rows = {}
_, url, token = sys.argv
headers = {"Authorization": f"Bearer {token}"} if token else {}
with httpx2.Client(base_url=url, headers=headers) as client:
    for domain in DOMAINS:
        name = domain.__name__.rpartition(".")[2]
        fields = import_module(f"tests.domains.{name}.factory").FIELDS
        row = fields.create(client, f"/v1/{name}", {})
        references = [field for field in fields if isinstance(fields[field], Reference)]
        rows[f"/v1/{name}"] = {field: row[field] for field in ["id", *references]}
print(json.dumps(rows))
