"""The yardstick without a database: the same by hand, in dictionaries; with ROUTERS=20 in as many routers."""

import os
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID, uuid4

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel, Field


class ItemCreate(BaseModel):
    name: str = Field(min_length=1, max_length=100)


class Item(ItemCreate):
    id: UUID
    created_at: datetime
    updated_at: datetime


def add_items(target: FastAPI | APIRouter, path: str) -> None:
    items: dict[UUID, Item] = {}

    @target.post(path, status_code=201)
    async def create_item(data: ItemCreate) -> Item:
        now = datetime.now(UTC)
        item = Item(id=uuid4(), created_at=now, updated_at=now, **data.model_dump())
        items[item.id] = item
        return item

    @target.get(path)
    async def list_items(limit: int = 20) -> list[Item]:
        return list(islice(items.values(), limit))

    @target.get(f"{path}/{{item_id}}")
    async def get_item(item_id: UUID) -> Item:
        if item_id not in items:
            raise HTTPException(404)
        return items[item_id]


app = FastAPI()


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "alive"}


if routers := int(os.environ.get("ROUTERS", "0")):
    for number in range(routers):
        router = APIRouter(prefix=f"/items_{number}")
        add_items(router, "")
        app.include_router(router)
else:
    add_items(app, "/items")
