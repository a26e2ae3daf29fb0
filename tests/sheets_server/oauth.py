"""Sign-in: service accounts, their tokens, and what each token may be used for."""

from __future__ import annotations

import secrets
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import MalformedError

DEFAULT_USER = "huifang@emulator.iam.gserviceaccount.com"
SPREADSHEETS = "https://www.googleapis.com/auth/spreadsheets"
DRIVE = "https://www.googleapis.com/auth/drive"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME_S = 3600
SKEW_S = 300  # how far a client's clock may be ahead
SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


@dataclass(frozen=True)
class Caller:
    """Who calls, and with which scopes."""

    user: str
    scopes: frozenset[str]


@dataclass
class Grant:
    """One access token that was given out."""

    caller: Caller
    expires_at_s: float


class TokenRefused(Exception):
    """The token endpoint says no: OAuth error word and description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description

    def body(self) -> dict[str, str]:
        """The JSON body of the answer."""
        return {"error": self.error, "error_description": self.description}


@dataclass
class OAuth:
    """The token endpoint and the tokens it gave out.

    `foreign_tokens`: a bearer token from elsewhere counts as the default account with all scopes, so that
    any client library can be pointed at the emulator; switch it off to see 401 for unknown tokens.
    `refuse_with`: what the token endpoint answers everybody, as ("invalid_grant", "Invalid JWT Signature.").
    """

    now: Callable[[], float] = time.time
    foreign_tokens: bool = True
    lifetime_s: float = LIFETIME_S
    refuse_with: tuple[str, str] | None = None
    unknown_accounts: set[str] = field(default_factory=set)
    requested_scopes: list[frozenset[str]] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def service_account(self, email: str, url: str) -> dict[str, str]:
        """A key file as the cloud console gives it, its token_uri on the emulator at `url`."""
        private = _key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "emulator",
            "private_key_id": "emulated",
            "private_key": private.decode(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "token_uri": f"{url}/token",
            "universe_domain": "googleapis.com",
        }

    def issue(self, user: str, scopes: frozenset[str]) -> str:
        """A fresh access token."""
        token = "ya29.c." + secrets.token_urlsafe(48)
        with self._lock:
            self.grants[token] = Grant(Caller(user, scopes), self.now() + self.lifetime_s)
        return token

    def revoke_all(self) -> None:
        """Every token given out so far stops working: the next call with it is answered 401."""
        with self._lock:
            self.ended |= set(self.grants)
            self.grants.clear()

    def caller(self, token: str) -> Caller | None:
        """Whose token it is; None if it is not (or no longer) good."""
        with self._lock:
            grant = self.grants.get(token)
            if grant and grant.expires_at_s > self.now():
                return grant.caller
            if grant or token in self.ended or not self.foreign_tokens:
                return None
        return Caller(DEFAULT_USER, frozenset({SPREADSHEETS, DRIVE}))

    def answer(self, form_text: str) -> dict[str, Any]:
        """What `POST /token` answers. Raises TokenRefused."""
        form = {name: texts[-1] for name, texts in parse_qs(form_text).items()}
        if self.refuse_with:
            raise TokenRefused(*self.refuse_with)
        if form.get("grant_type") != JWT_GRANT:
            raise TokenRefused("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        claims = self._claims(form.get("assertion", ""))
        scopes = frozenset(claims.get("scope", "").split())
        self.requested_scopes.append(scopes)
        if not scopes:
            raise TokenRefused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = self.issue(claims["iss"], scopes)
        return {"access_token": token, "expires_in": int(self.lifetime_s) - 1, "token_type": "Bearer"}

    def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            claims = jwt.decode(assertion, verify=False)
            signed, _, tail = assertion.rpartition(".")
            signature = urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
        except (ValueError, MalformedError) as error:
            raise TokenRefused("invalid_grant", "Bad Request") from error
        if claims.get("iss") in self.unknown_accounts:
            raise TokenRefused("invalid_grant", "Invalid grant: account not found")
        if not crypt.verify_signature(signed.encode(), signature, [_public_pem()]):
            raise TokenRefused("invalid_grant", "Invalid JWT Signature.")
        issued_at_s, expires_at_s = claims.get("iat", 0), claims.get("exp", 0)
        late, long = expires_at_s < self.now(), expires_at_s - issued_at_s > LIFETIME_S
        if late or long or issued_at_s > self.now() + SKEW_S:
            raise TokenRefused("invalid_grant", SHORT_LIVED)
        return dict(claims)


@cache
def _key() -> rsa.RSAPrivateKey:
    """One key for all accounts of this process: making one takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _public_pem() -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _key().public_key().public_bytes(serialization.Encoding.PEM, form)
