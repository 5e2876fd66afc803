"""Where the service differs from plain FastAPI on purpose, with the reason; everything else is the same.

Four more hold for all requests: each response has a request ID, and security headers where it has none of
its own; an unexpected error is not raised to the server or to a test client, because it is logged and its
response needs the ID; operation IDs are names of functions.
"""

import http.client
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from .case import Difference, Seen

SOURCES = {"body", "path", "query", "header", "cookie"}
NOTHING = Seen(0, {}, None, [])
PROBLEM_TYPE = "application/problem+json"
# The names of RFC 9110, whichever Python this is.
TITLES = {**http.client.responses, 413: "Content Too Large", 422: "Unprocessable Content"}


def problem(seen: Seen, status: int, detail: str, **members: Any) -> Seen:
    body = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail, **members}
    return seen.with_body(status, body, PROBLEM_TYPE)


def detail_of(seen: Seen) -> Seen:
    return problem(seen, seen.status, seen.body["detail"])


def fields_of(seen: Seen) -> Seen:
    errors = [field_of(error) for error in seen.body["detail"]]
    return problem(seen, 422, "The request is not valid: see `errors`.", errors=errors)


def field_of(error: dict[str, Any]) -> dict[str, str]:
    path = list(error["loc"])
    source = path.pop(0) if path and path[0] in SOURCES else "body"
    keys = [] if error["type"] == "json_invalid" else path
    pointer = "#" + "".join(f"/{quote(str(key))}" for key in keys)
    return {"source": source, "pointer": pointer, "type": error["type"], "detail": error["msg"]}


def failure_of(seen: Seen) -> Seen:
    assert (seen.status, seen.body) == (500, b"Internal Server Error")
    return problem(seen, 500, "The service failed. Its log says why, under this request ID.")


def failure_around(seen: Seen) -> Seen:
    """Nothing has given the request an ID yet."""
    changed = failure_of(seen)
    body = {**changed.body, "request_id": None}
    length = len(json.dumps(body, separators=(",", ":")))
    return replace(changed, body=body, headers={**changed.headers, "content-length": [f"{length}"]})


def all_methods(*methods: str) -> Difference:
    def intended(seen: Seen) -> Seen:
        changed = problem(seen, 405, "Method Not Allowed")
        return replace(changed, headers={**changed.headers, "allow": [", ".join(methods)]})

    what = f"`Allow` of a 405 is {', '.join(methods)}"
    return Difference(what, "FastAPI names the methods of the first route with this path only", intended)


def not_json(seen: Seen) -> Seen:
    assert seen.status == 422
    return problem(
        replace(seen, status=415), 415, "Send JSON, with the header Content-Type: application/json."
    )


def without_type(seen: Seen) -> Seen:
    return replace(
        seen, headers={name: text for name, text in seen.headers.items() if name != "content-type"}
    )


def head(length: int) -> Difference:
    def intended(seen: Seen) -> Seen:
        assert (seen.status, seen.body) == (405, b"")
        headers = {"content-length": [f"{length}"], "content-type": ["application/json"]}
        return replace(NOTHING, status=200, headers=headers, body=b"")

    return Difference("HEAD is GET without its body", "health checks and link checkers use it", intended)


def too_large(limit: int) -> Difference:
    def intended(seen: Seen) -> Seen:
        assert seen.status < 400
        return problem(replace(NOTHING, status=413), 413, f"The body may have at most {limit} bytes.")

    return Difference("a large body is a 413", "`max_body_bytes`: memory is bounded", intended)


def not_found(seen: Seen) -> Seen:
    assert seen.status == 307
    return problem(replace(NOTHING, status=404), 404, "Not Found")


PROBLEM = Difference("an error is a problem detail", "one shape for every error (RFC 9457)", detail_of)
INVALID = Difference(
    "an invalid request has JSON pointers, and no submitted value",
    "a value may be a password; one shape for every error",
    fields_of,
)
FAILURE_AROUND = Difference("a failure around the service too", "one shape for every error", failure_around)
FAILURE = Difference("an unexpected error is a problem detail", "one shape for every error", failure_of)
NO_REDIRECT = Difference(
    "a path with a slash too many is a 404",
    "a redirect searches all routes twice for each unknown path, and is wrong behind a proxy",
    not_found,
)


def response_of(seen: Seen) -> Seen:
    """What middleware around the service adds to every response, it adds to this one too."""
    changed = failure_of(seen)
    assert changed.trace == ["saw LookupError"]
    return replace(changed, headers={**changed.headers, "x-base": ["500"], "x-pure": ["passed"]}, trace=[])


def no_text(seen: Seen) -> Seen:
    assert seen.status == 400
    wrong = {"source": "body", "pointer": "#", "type": "json_invalid", "detail": "JSON decode error"}
    return problem(replace(seen, status=422), 422, "The request is not valid: see `errors`.", errors=[wrong])


NO_TEXT = Difference("a body that is no UTF-8 is a 422", "it is no JSON, as any other mistake in it", no_text)
NOT_JSON = Difference("a body of another type is a 415", "it says what to send", not_json)
NO_CONTENT = Difference("a 204 has no content type", "there is no content", without_type)


def http_exception_of(seen: Seen) -> Seen:
    assert (seen.status, seen.body) == (500, b"Internal Server Error")
    return problem(replace(seen, status=403), 403, "No.")


RAISED_BY_MIDDLEWARE = Difference(
    "an HTTPException of middleware within the service is its problem detail",
    "who raises it does not have to know where",
    http_exception_of,
)
SEEN_AS_RESPONSE = Difference(
    "middleware around the service sees an unexpected error as a response",
    "the service logs it once, and the response has its request ID and CORS headers",
    response_of,
)


def refusal_of(seen: tuple[str, int, Any]) -> Seen:
    """A test client sees a code and a reason, of which a server sends nothing: its 403 is empty."""
    refused, _, reason = seen
    assert refused == "refused"
    if isinstance(reason, str):
        return problem(NOTHING, 403, reason or "Forbidden")
    return fields_of(replace(NOTHING, body={"detail": reason}))


REFUSAL = Difference(
    "a WebSocket that is not accepted is refused with a problem detail",
    "a server sends no reason and no request ID",
    refusal_of,
)


# Pages of the service add to it what they need.
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SECURITY = {
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def without_security(seen: Seen) -> dict[str, list[str]]:
    """What has a version may be kept by its client, which asks whether it has changed; nothing else may."""
    versioned = {"etag", "last-modified"} & seen.headers.keys()
    added = {**SECURITY, "cache-control": "private, no-cache" if versioned else "no-store"}
    assert seen.headers["content-security-policy"][0].startswith(CLOSED)
    others = {name: values for name, values in seen.headers.items() if name != "content-security-policy"}
    return {name: values for name, values in others.items() if values != [added.get(name)]}


def without_request_id(seen: Seen) -> Seen:
    """Every response has one, in its header and, when it is a problem, in its body."""
    headers = {name: value for name, value in without_security(seen).items() if name != "x-request-id"}
    [request_id] = seen.headers["x-request-id"]
    if headers.get("content-type") == [PROBLEM_TYPE]:
        headers.pop("content-length")
        seen = without_id_in_body(seen, request_id)
    return replace(seen, headers=headers)


def without_id_in_body(seen: Seen, request_id: str | None) -> Seen:
    if seen.body == b"":  # of a HEAD
        return seen
    assert seen.body["request_id"] == request_id
    return replace(seen, body={name: value for name, value in seen.body.items() if name != "request_id"})
