"""The yardstick of lists: orders with a field of each type, as one writes them by hand."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, BigInteger, DateTime, Numeric, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"])
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase): ...


class Status(StrEnum):
    new = "new"
    paid = "paid"
    shipped = "shipped"


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
    customer_id: Mapped[UUID]
    status: Mapped[Status]
    total: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    number: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str | None]
    details: Mapped[str]
    quantity: Mapped[int] = mapped_column(BigInteger)
    weight: Mapped[float]
    gift: Mapped[bool]
    due: Mapped[date]
    placed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    token: Mapped[UUID]
    extra: Mapped[Any] = mapped_column(JSON)


class OrderCreate(BaseModel):
    customer_id: UUID
    status: Status
    total: Decimal
    number: str
    note: str | None = None
    details: str
    quantity: int
    weight: float
    gift: bool
    due: date
    placed_at: datetime
    token: UUID
    extra: Any


class OrderRead(OrderCreate):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    updated_at: datetime


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncGenerator[AsyncSession]:
    async with sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]
app = FastAPI(lifespan=lifespan)


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@app.post("/items", status_code=201, response_model=OrderRead)
async def create_order(data: OrderCreate, session: SessionDep) -> Order:
    order = Order(**data.model_dump())
    session.add(order)
    await session.commit()
    return order


@app.get("/items", response_model=list[OrderRead])
async def list_orders(session: SessionDep, limit: int = 20) -> list[Order]:
    return list(await session.scalars(select(Order).order_by(Order.created_at, Order.id).limit(limit)))
