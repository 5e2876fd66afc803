"""What clients send and receive."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from app.paging import Page, PageQuery
from app.schemas import DateTime, Text

# As browsers take one: no quotes, no comments, nothing but ASCII, so that no two look alike.
LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + rf"({LABEL}\.)+{LABEL}$"
ADDRESS = Field(max_length=254, pattern=PATTERN, examples=["ada@example.com"])
Email = Annotated[str, ADDRESS, AfterValidator(str.lower)]
Password = Annotated[SecretStr, Field(max_length=128, examples=["correct horse"])]
NewPassword = Annotated[SecretStr, Field(min_length=8, max_length=128, examples=["correct horse battery"])]


class Address(BaseModel, extra="forbid"):
    email: Email


class Credentials(Address):
    password: Password


class PasswordChoice(BaseModel, extra="forbid"):
    token: SecretStr = Field(max_length=64, description="That of a link.")
    password: NewPassword


class PasswordChange(BaseModel, extra="forbid"):
    current_password: Password
    password: NewPassword


class KeyRequest(BaseModel, extra="forbid"):
    name: Text
    scopes: list[str] = Field(min_length=1, max_length=100, examples=[["tasks:read"]])
    expires_at: DateTime


class TokenInfo(BaseModel, from_attributes=True):
    """A session or a key, without its token."""

    id: UUID
    name: str
    scopes: list[str] | None = Field(description="Of a key; a session has those of its account.")
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = Field(description="To the minute.")


class IssuedToken(TokenInfo):
    token: str = Field(description="Shown this once.")


class AccountInfo(BaseModel, from_attributes=True):
    id: UUID
    email: str
    is_admin: bool
    created_at: datetime


class OwnAccountInfo(AccountInfo):
    scopes: list[str]


class AccountFilter(PageQuery):
    sort: Literal["created_at", "-created_at", "email", "-email"] = "created_at"
    email: Email | None = None


class AccountInfoPage(Page[AccountInfo]):
    """Accounts, by the time of their creation or their address."""
