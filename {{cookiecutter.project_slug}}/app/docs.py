"""The API page at /docs, from files on this machine: it works without internet."""

from importlib.resources import files
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

ASSETS = str(files("fastapi_offline") / "static")


def install_docs(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.base_url.path
        return get_swagger_ui_html(
            openapi_url=f"{root}openapi.json",
            title=app.title,
            swagger_js_url=f"{root}docs/swagger-ui-bundle.js",
            swagger_css_url=f"{root}docs/swagger-ui.css",
            swagger_favicon_url=f"{root}docs/favicon.png",
        )

    @app.get("/docs/{name}", include_in_schema=False)
    async def asset(name: Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"]) -> FileResponse:
        return FileResponse(f"{ASSETS}/{name}", headers={"Cache-Control": "max-age=86400"})
