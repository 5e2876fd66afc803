"""What FastAPI has to read credentials with."""

from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordRequestForm,
    SecurityScopes,
)

from .case import Case, Endpoints, Team
from .differences import INVALID, PROBLEM

router = Endpoints("/security")
code_flow = OAuth2AuthorizationCodeBearer("https://id.example/authorize", "https://id.example/token")


@router.get("/bearer")
async def bearer(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    return given.credentials


@router.get("/basic")
async def basic(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic(realm="shop"))]) -> str:
    return given.username


@router.get("/key")
async def key(given: Annotated[str, Depends(APIKeyHeader(name="X-Key"))]) -> str:
    return given


@router.get("/cookie")
async def cookie(given: Annotated[str | None, Depends(APIKeyCookie(name="key", auto_error=False))]) -> str:
    return given or "nobody"


async def user(scopes: SecurityScopes, token: Annotated[str, Depends(code_flow)]) -> list[str]:
    return [token, *scopes.scopes]


@router.get("/scopes")
async def scoped(given: Annotated[list[str], Security(user, scopes=["items:read"])]) -> list[str]:
    return given


@router.post("/token")
async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> list[str]:
    return [form.username, *form.scopes]


def get(path: str, authorization: str = "", **known: Any) -> Case:
    options = {"headers": {"Authorization": authorization} if authorization else {}}
    name = f"{path} {authorization or known.get('name', '')}"
    return Case(name=name.strip(), path=f"/security/{path}", options=options, **known)


LOGIN = {"username": "ann", "password": "s3cret", "scope": "a b"}
TEAM = Team(
    "security",
    router.install,
    (
        get("bearer", "Bearer abc"),
        get("bearer", "Basic abc", differs=PROBLEM),
        get("bearer", differs=PROBLEM),
        get("basic", "Basic YW5uOnMzY3JldA=="),
        get("basic", "Basic broken", differs=PROBLEM),
        get("basic", differs=PROBLEM),
        get("key", differs=PROBLEM),
        get("cookie"),
        get("scopes", "Bearer abc"),
        get("scopes", differs=PROBLEM),
        Case(name="a login", method="POST", path="/security/token", options={"data": LOGIN}),
        Case(
            name="half a login",
            method="POST",
            path="/security/token",
            options={"data": {"username": "ann"}},
            differs=INVALID,
        ),
        Case(name="the page after a login at another place", path="/docs/oauth2-redirect"),
    ),
)
