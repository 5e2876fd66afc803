"""The yardstick: the least that one writes by hand with FastAPI for the same resource, all in memory."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field


class ItemCreate(BaseModel):
    name: str = Field(min_length=1, max_length=100)


class Item(ItemCreate):
    id: UUID
    created_at: datetime
    updated_at: datetime


app = FastAPI()
items: dict[UUID, Item] = {}


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@app.post("/items", status_code=201)
async def create_item(data: ItemCreate) -> Item:
    now = datetime.now(UTC)
    item = Item(id=uuid4(), created_at=now, updated_at=now, **data.model_dump())
    items[item.id] = item
    return item


@app.get("/items/{item_id}")
async def get_item(item_id: UUID) -> Item:
    if item_id not in items:
        raise HTTPException(404)
    return items[item_id]


@app.get("/items")
async def list_items(limit: int = 20) -> list[Item]:
    return list(items.values())[:limit]
