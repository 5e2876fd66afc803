"""What clients send and receive."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, AfterValidator, BaseModel, Field, Secret, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.paging import Page, PageQuery
from app.schemas import Bool, DateTime, Text

# As browsers take one: no quotes, no comments, nothing but ASCII, so that no two look alike.
LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + rf"({LABEL}\.)+{LABEL}$"
ADDRESS = {"type": "string", "maxLength": 254, "pattern": PATTERN, "examples": ["ada@example.com"]}


def as_email(value: str) -> str:
    if len(value) > 254 or not re.fullmatch(PATTERN, value):
        raise PydanticCustomError("email", "This is no e-mail address, such as ada@example.com.")
    return value.lower()


Email = Annotated[str, AfterValidator(as_email), WithJsonSchema(ADDRESS)]
# Their limits are those of a text: a `SecretStr` would speak of "items".
Password = Secret[Annotated[str, Field(max_length=128, examples=["correct horse"])]]
NewPassword = Secret[Annotated[str, Field(min_length=8, max_length=128, examples=["correct horse battery"])]]


class Address(BaseModel, extra="forbid"):
    email: Email


class Credentials(Address):
    password: Password


class PasswordChoice(BaseModel, extra="forbid"):
    token: Secret[Annotated[str, Field(max_length=2048)]] = Field(description="That of a link, or the link.")
    password: NewPassword

    @property
    def secret(self) -> str:
        """A page such as `/docs` makes `#/token` of the `#token` in its address."""
        return re.split("[#/]", self.token.get_secret_value().strip())[-1]


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


class SessionInfo(TokenInfo):
    is_current: bool = Field(description="Whether this request came with it.")


class IssuedToken(TokenInfo):
    token: str = Field(description="Shown this once.")


class AccountInfo(BaseModel, from_attributes=True):
    id: UUID
    email: str
    is_admin: bool
    created_at: datetime


class AccountChange(BaseModel, extra="forbid"):
    is_admin: Bool | MISSING = MISSING


class Removal(BaseModel, extra="forbid"):
    heir: UUID | None = None


class OwnAccountInfo(AccountInfo):
    scopes: list[str]


class AccountFilter(PageQuery):
    sort: Literal["created_at", "-created_at", "email", "-email"] = "created_at"
    email: Email | None = None


class AccountInfoPage(Page[AccountInfo]):
    """Accounts, by the time of their creation or their address."""
