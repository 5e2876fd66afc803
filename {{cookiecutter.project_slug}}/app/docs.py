"""The API page at /docs, from files on this machine: it works without internet."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

# % if cookiecutter.auth == "oidc"
from .edge import CLOSED
from .login import origins_of_login

# % else
from .edge import CLOSED

# % endif
router = APIRouter(include_in_schema=False)
# The style sheet has pictures in it.
POLICY = f"{CLOSED}; img-src 'self' data:; style-src 'self'"


class WholeFiles(StaticFiles):
    """Never a part of one: a part that does not exist would be an error of Starlette's form, not of ours."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if header[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def secured(page: HTMLResponse, *others: str) -> HTMLResponse:
    """It calls this service and others, loads what this one has, and runs scripts with these hashes."""
    scripts = re.findall(rb"<script>(.*?)</script>", page.body, re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in scripts]
    sources = {"connect-src": others, "script-src": hashes}
    directives = [" ".join([name, "'self'", *more]) for name, more in sources.items()]
    page.headers["Content-Security-Policy"] = "; ".join([POLICY, *directives])
    return page


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    app, root = request.app, request.base_url.path
    page = get_swagger_ui_html(
        openapi_url=f"{root}openapi.json",
        title=escape(app.title),
        swagger_js_url=f"{root}docs/static/swagger-ui-bundle.js",
        swagger_css_url=f"{root}docs/static/swagger-ui.css",
        swagger_favicon_url=f"{root}docs/static/favicon.png",
        oauth2_redirect_url=f"{root}docs/oauth2-redirect",
        # % if cookiecutter.auth == "oidc"
        init_oauth=app.swagger_ui_init_oauth,
        # % endif
    )
    # % if cookiecutter.auth == "oidc"
    return secured(page, *origins_of_login(request.state.authenticator))


# % else
    return secured(page)


# % endif
@router.get("/docs/oauth2-redirect")
async def logged_in() -> HTMLResponse:
    return secured(get_swagger_ui_oauth2_redirect_html())


@router.get("/")
async def root(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.base_url.path}docs")


def install_docs(app: FastAPI) -> None:
    app.mount("/docs/static", WholeFiles(packages=[("fastapi_offline", "static")]))
    app.include_router(router)
