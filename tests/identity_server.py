"""A provider of identities for tests: Authlib's server, RSA keys, HTTP on this machine.

It asks for an address on a page, gives a code for it, and takes the code once, from the client that knows its secret
and the verifier of PKCE. Tests talk to it through identity_provider.py, and can make it lie in any part of its answers.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from authlib.oidc.core.grants.util import create_half_hash
from flask import Flask, Response, jsonify, request
from identity_provider import CLIENT, CLIENT_SECRET
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

PAGE = """<!doctype html><html lang="en"><title>Harbor ID</title><link rel="icon" href="data:,">
<h1>Harbor ID</h1><form method="post">
<label>Address <input name="email" autofocus></label> <button>Go on</button> <button name="no" value="1">No</button>
</form></html>"""


class State:
    """How it answers: honestly, or with these changes.

    `claims` replace those of the ID token (null: left out), `person` those about whoever signs in, `metadata` what it
    says about itself, `answer` what the browser brings back; `signs` is honest, none, secret (HMAC under the client's),
    or stranger; `status` answers every request of the site, `slow` seconds late; `thin` tells the address to who asks.
    """

    def __init__(self) -> None:
        self.reset({"now": time.time()})

    def reset(self, data: dict[str, Any]) -> None:
        self.claims: dict[str, Any] = {}
        self.person: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.answer: dict[str, str] = {}
        self.userinfo: dict[str, Any] = {}
        self.signs, self.status, self.slow, self.thin = "honest", 200, 0.0, False
        self.keeps_codes = False
        self.asked: list[str] = []
        self.now = data["now"]


class Client(ClientMixin):
    """The one site that it knows."""

    client_id = CLIENT

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return urlsplit(redirect_uri).path == "/sign-in/provider/return"

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in STATE.metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    """A code that was given, and for what."""

    def __init__(self, email: str, payload: Any) -> None:
        self.email, self.redirect_uri, self.scope = email, payload.redirect_uri, payload.scope
        self.nonce = payload.data.get("nonce")
        self.code_challenge = payload.data.get("code_challenge")
        self.code_challenge_method = payload.data.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str | None:
        return str(self.nonce) if self.nonce else None

    def get_auth_time(self) -> int:
        return int(STATE.now)

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Grant(AuthorizationCodeGrant):
    """Codes in memory, each taken once."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def save_authorization_code(self, code: str, request: Any) -> None:
        CODES[code] = Code(request.user, request.payload)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return CODES.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        for code in [each for each, kept in CODES.items() if kept is authorization_code and not STATE.keeps_codes]:
            del CODES[code]

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.email


class Identities(OpenIDCode):
    """Makes the ID token, true or not."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def encode_id_token(self, token: Any, request: Any) -> str:
        now = int(STATE.now)
        claims = {"iss": SERVER_ISSUER[0], "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= self.get_authorization_code_claims(request.authorization_code)
        claims |= {"at_hash": (create_half_hash(token["access_token"], "RS256") or b"").decode()}
        about = about_person(request.user)
        claims |= {"sub": about["sub"]} if STATE.thin else about
        claims = {name: each for name, each in (claims | STATE.claims).items() if each is not None}
        TOKENS[token["access_token"]] = request.user
        return sign(claims)


def about_person(email: str) -> dict[str, Any]:
    """What it says about whoever signed in."""
    honest = {"sub": f"id of {email}", "email": email, "email_verified": True}
    return {name: each for name, each in (honest | STATE.person).items() if each is not None}


def sign(claims: dict[str, Any]) -> str:
    """The token, signed as `STATE.signs` says."""
    key = KEYS[-1]
    if STATE.signs == "none":
        return jwt.encode({"alg": "none"}, claims, OctKey.import_key("nothing"), ["none"])
    if STATE.signs == "secret":
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET), ["HS256"])
    if STATE.signs == "stranger":
        key = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "kid": KEYS[-1].kid or ""}, claims, key, ["RS256"])


STATE = State()
CODES: dict[str, Code] = {}
TOKENS: dict[str, str] = {}
KEYS: list[RSAKey] = []
SERVER_ISSUER = [""]
app = Flask(__name__)


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, *_: Any) -> None:
        """Says nothing."""


def main() -> None:
    """Serves on a free port, which it prints."""
    KEYS.append(RSAKey.generate_key(2048, auto_kid=True))
    app.secret_key = "for tests"
    server = AuthorizationServer(app, query_client=lambda _: Client(), save_token=lambda *_: None)
    server.register_grant(Grant, [Identities(require_nonce=True), CodeChallenge(required=True)])
    app.extensions["authorization"] = server
    http = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    SERVER_ISSUER[0] = f"http://127.0.0.1:{http.server_port}"
    print(http.server_port, flush=True)
    http.serve_forever()


@app.before_request
def misbehave() -> tuple[str, int] | None:
    if request.path.startswith(("/control", "/authorize")):
        return None
    STATE.asked.append(request.path)
    time.sleep(STATE.slow)
    return ("trouble", STATE.status) if STATE.status != 200 else None


@app.post("/control/<what>")
def control(what: str) -> str:
    if what == "reset":
        STATE.reset(request.json or {})
    elif what == "rotate":
        KEYS.append(RSAKey.generate_key(2048, auto_kid=True))
    else:
        for name, value in (request.json or {}).items():
            setattr(STATE, name, value)
    return ""


@app.get("/control/asked")
def asked() -> Response:
    return jsonify(STATE.asked)


@app.get("/.well-known/openid-configuration")
def metadata() -> Response:
    issuer = SERVER_ISSUER[0]
    ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
    about = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"} | {each: f"{issuer}/{at}" for each, at in ends.items()}
    return jsonify(about | STATE.metadata)


@app.get("/keys")
def keys() -> Response:
    return jsonify(KeySet([KEYS[-1]]).as_dict())


@app.get("/authorize")
def login_page() -> str:
    return PAGE


@app.post("/authorize")
def authorize() -> Response:
    server = app.extensions["authorization"]
    email = None if "no" in request.form else request.form["email"]
    grant = server.get_consent_grant(end_user=email)
    answer: Response = server.create_authorization_response(grant_user=email, grant=grant)
    for name, value in STATE.answer.items():
        answer.headers["Location"] += f"&{name}={value}"
    return answer


@app.post("/token")
def token() -> Response:
    answer: Response = app.extensions["authorization"].create_token_response()
    return answer


@app.get("/userinfo")
def userinfo() -> tuple[str, int] | Response:
    email = TOKENS.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    return ("", 401) if email is None else jsonify(about_person(email) | STATE.userinfo)


if __name__ == "__main__":
    main()
