"""A small OpenID Connect provider, on a port of this machine: for tests, and to try the service by hand.

`make issuer` serves it on port 9000, and prints a token.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwk, jws, jwt


class AnyAlgorithm(jws.JWSRegistry):
    """Without the warnings: what attackers sign is signed here, too."""

    def __init__(self) -> None:
        super().__init__(strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def new_key(algorithm: str) -> jwk.Key:
    about: Any = {"alg": algorithm, "kid": secrets.token_hex(4), "use": "sig"}
    if algorithm == "ES256":
        return jwk.ECKey.generate_key("P-256", about)
    if algorithm == "EdDSA":
        return jwk.OKPKey.generate_key("Ed25519", about)
    return jwk.RSAKey.generate_key(2048, about)


class SmallIssuer:
    """Whoever asks is logged in at once, as `name`, with these scopes."""

    def __init__(self, audience: str, port: int = 0, name: str = "ada", scopes: str = "admin") -> None:
        self.audience, self.name, self.scopes = audience, name, scopes
        self.keys = [new_key("RS256"), new_key("ES256")]
        self.reads = 0
        """How often the keys were read."""
        self.challenges: dict[str, str] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, args=[0.01], daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def claims(self, subject: str | None = None, scope: str | None = None) -> dict[str, Any]:
        now = int(time.time())
        scope = self.scopes if scope is None else scope
        about = {"iss": self.url, "aud": self.audience, "sub": subject or self.name, "scope": scope}
        return {**about, "iat": now, "nbf": now, "exp": now + 3600}

    def token(self, subject: str | None = None, scope: str | None = None, **claims: Any) -> str:
        return self.sign({**self.claims(subject, scope), **claims})

    def sign(self, claims: dict[str, Any], key: jwk.Key | None = None, **header: Any) -> str:
        key = key or self.keys[0]
        whole = {"alg": key.alg, "kid": key.kid, "typ": "at+jwt", **header}
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(whole, given, key, registry=AnyAlgorithm())

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid"],
        }

    def authorized(self, query: dict[str, str]) -> str:
        """Where the browser goes next, with a code."""
        code = secrets.token_urlsafe()
        assert query["code_challenge_method"] == "S256", "a public client has to use PKCE"
        self.challenges[code] = query["code_challenge"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchanged(self, form: dict[str, str]) -> dict[str, Any] | None:
        """A token for a code, which works once; nothing when its challenge was for another verifier."""
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self.challenges.pop(form.get("code", ""), None) != challenge:
            return None
        return {"access_token": self.token(), "token_type": "Bearer", "expires_in": 3600}


def handler_of(issuer: SmallIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/.well-known/openid-configuration":
                self.respond(issuer.described())
            elif url.path == "/keys":
                issuer.reads += 1
                self.respond(jwk.KeySet(issuer.keys).as_dict())
            elif url.path == "/token":
                # Of anybody, to try the service as several: this one is not of OpenID Connect.
                asked = dict(parse_qsl(url.query))
                self.respond({"access_token": issuer.token(asked.get("name"), asked.get("scopes"))})
            elif url.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", issuer.authorized(dict(parse_qsl(url.query))))
                self.end_headers()
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = issuer.exchanged(dict(parse_qsl(body)))
            self.respond(found or {"error": "invalid_grant"}, 200 if found else 400)

        def do_OPTIONS(self) -> None:
            self.respond({})

        def respond(self, content: Any, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, format: str, *_: object) -> None:
            """Nothing: what the service logs is what tests look at."""

    return Handler


def main(port: int = 9000) -> None:
    audience = os.environ.get("OIDC_AUDIENCE", "{{ cookiecutter.project_slug }}")
    name, scopes = [*sys.argv[1:], "", ""][:2]
    issuer = SmallIssuer(audience, port, name or "ada", scopes or "admin")
    sys.stdout.write(f"OIDC_ISSUER={issuer.url}\nTOKEN={issuer.token()}\n")
    sys.stdout.flush()
    issuer.thread.join()


if __name__ == "__main__":
    main()
