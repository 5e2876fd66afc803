"""The API page at /docs, from files on this machine: it works without internet."""

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles


def install_docs(app: FastAPI) -> None:
    app.mount("/docs/static", StaticFiles(packages=[("fastapi_offline", "static")]))

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.base_url.path
        return get_swagger_ui_html(
            openapi_url=f"{root}openapi.json",
            title=app.title,
            swagger_js_url=f"{root}docs/static/swagger-ui-bundle.js",
            swagger_css_url=f"{root}docs/static/swagger-ui.css",
            swagger_favicon_url=f"{root}docs/static/favicon.png",
        )
