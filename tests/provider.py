"""A real OpenID Connect provider on loopback, which lies where a test tells it to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "recovery-clinic", "a-secret-of-both"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Provider:
    """Everybody who comes is `person`. `claims` replace those of the ID token; None takes one out.

    `metadata` replaces what it says of itself, `key` is what it signs with, `told` what userinfo says.
    """

    def __init__(self, port: int, email: str) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.person: dict[str, Any] = {"sub": "ada-1", "email": email, "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.key: Any = KEY
        self.shown = self.key
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())

    def __enter__(self) -> "Provider":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of_itself(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.metadata,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where it sends the browser back to, with a code."""
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code; None where code, client, address or verifier are not those of before."""
        asked = self._codes.pop(form.get("code", ""), None)
        client = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or authorization != client
            or asked["redirect_uri"] != form.get("redirect_uri")
            or (asked.get("code_challenge_method"), asked.get("code_challenge")) != ("S256", challenge)
        ):
            return None
        return {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self._id_token(asked)}

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.person,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            return ".".join([_as_part({"alg": "none"}), _as_part(claims), ""])
        return jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.key, [self.algorithm])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, urlsplit(self.path).query
                if path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(_flat(query)))
                    self.end_headers()
                    return
                answers = {
                    "/.well-known/openid-configuration": provider.of_itself(),
                    "/keys": {"keys": [provider.shown.as_dict(private=False)]},
                    "/userinfo": {**provider.person, **provider.told},
                }
                self._say(answers.get(path))

            def do_POST(self) -> None:
                form = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._say(provider.exchange(form, self.headers.get("Authorization", "")))

            def _say(self, answer: Any) -> None:
                self.send_response(400 if answer is None else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer or {"error": "invalid_grant"}).encode())

            def log_message(self, *said: object) -> None:
                """Says nothing."""

        return Handler


def _as_part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
