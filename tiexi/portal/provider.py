"""The unit's identity provider (OpenID Connect): what it says of itself, where a browser is sent, and who came back from it.

Authorization code with PKCE, state and nonce. Requests go to the addresses that the configured issuer names and to no other:
none is followed elsewhere, and none comes from whoever signs in. Of what the provider says only the login is taken, and by which
means it was proved; never a role.
"""

import hashlib
import hmac
import json
import ssl
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from ledger import workdays
from ledger.errors import EnvironmentFailed, os_reason
from ledger.logs import Log
from ledger.setting_values import is_safe_url
from ledger.settings import Settings

_log = Log(__name__)
_SECONDS = 10  # for each answer of the provider
_LARGEST = 1 << 20  # bytes of one
_KNOWN_FOR = 3600  # seconds that what it says of itself is believed
_LEEWAY = 60  # seconds that its clock may be off
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class NotProved(Exception):
    """What came back from the provider proves nobody; why, for the server's own log."""


@dataclass(frozen=True)
class Attempt:
    """A sign-in that is under way. All follows from bits that the browser's cookie holds, and from the portal's key."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def of(cls, key: bytes, bits: str) -> "Attempt":
        """The attempt of a cookie."""
        drawn = (hmac.digest(key, f"unit {what} {bits}".encode(), "sha256") for what in ("state", "nonce", "verifier"))
        return cls(*(_text(one) for one in drawn))


@dataclass(frozen=True)
class Person:
    """Who came back: the login that the provider names, and whether it asked for a second factor that is accepted here."""

    login: str
    factor_shown: bool


@dataclass
class Provider:
    """The provider that the settings name. secret: what the portal shows it that it is."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    claim: str
    factors: tuple[str, ...]
    _said: dict[str, Any] = field(default_factory=dict)
    _keys: Any = None
    _until: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """As configured; None where it is not. EnvironmentFailed where its secret cannot be read."""
        if not settings.portal_oidc_issuer:
            return None
        path = settings.portal_oidc_key_file
        try:
            if path.stat().st_mode & 0o077:
                raise EnvironmentFailed(f"统一登录的密码文件 {path} 可由他人读取，未启动；请运行 chmod 600 {path}")
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = os_reason(error) if isinstance(error, OSError) else "不是 UTF-8 文本"
            raise EnvironmentFailed(f"统一登录的密码文件 {path} 无法读取：{why}") from error
        if not secret:
            raise EnvironmentFailed(f"统一登录的密码文件 {path} 是空的，未启动")
        return cls(
            settings.portal_oidc_issuer, settings.portal_oidc_client_id, secret, settings.portal_oidc_claim,
            settings.portal_oidc_factor,
        )  # fmt: skip

    def address(self, attempt: Attempt, back: str) -> str:
        """Where a browser is sent to sign in; back: where it is to come back to."""
        challenge = _text(hashlib.sha256(attempt.verifier.encode()).digest())
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": back, "scope": "openid profile email",
            "state": attempt.state, "nonce": attempt.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        place = self._about()["authorization_endpoint"]
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def person(self, attempt: Attempt, code: str, back: str) -> Person:
        """Who a code speaks for. NotProved where the provider does not take it, or its answer is not good."""
        about = self._about()
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        if "client_secret_basic" in about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            sent |= {"client_id": self.client_id, "client_secret": self.secret}
        answer = _ask(about["token_endpoint"], headers, urlencode(sent).encode())
        claims = self.checked(answer.get("id_token"), attempt.nonce)
        login = claims.get(self.claim)
        if login is None and "userinfo_endpoint" in about:
            said = _ask(about["userinfo_endpoint"], {"Authorization": f"Bearer {answer.get('access_token')}"})
            if said.get("sub") != claims["sub"]:
                raise NotProved("userinfo is of another subject")
            login = said.get(self.claim)
        if not isinstance(login, str):
            raise NotProved(f"no claim {self.claim}")
        means = claims.get("amr")
        shown = {*(means if isinstance(means, list) else ()), claims.get("acr")} & {*self.factors}
        return Person(login, bool(shown))

    def checked(self, id_token: Any, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token: signed by the provider, for this portal, for this attempt, and still good."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if not isinstance(id_token, str):
            raise NotProved("no ID token")
        try:
            try:
                token = jwt.decode(id_token, self._keys_of(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):  # perhaps it has new keys
                token = jwt.decode(id_token, self._keys_of(anew=True), algorithms=_ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(workdays.clock().timestamp()), leeway=_LEEWAY, iss={"essential": True, "value": self.issuer},
                sub={"essential": True}, aud={"essential": True, "value": self.client_id}, exp={"essential": True},
                iat={"essential": True}, nonce={"essential": True, "value": nonce},
            ).validate(token.claims)  # fmt: skip
        except (JoseError, ValueError, TypeError) as error:
            raise NotProved(f"ID token: {type(error).__name__} {getattr(error, 'claim', '')}".strip()) from error
        claims: Mapping[str, Any] = token.claims
        audience = claims["aud"]
        if claims.get("azp", self.client_id) != self.client_id or (
            isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
        ):
            raise NotProved("ID token: for another party")
        return claims

    def _about(self) -> Mapping[str, Any]:
        """What the provider says of itself (discovery)."""
        with self._lock:
            if not self._said or time.monotonic() > self._until:
                said = _ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", {})
                addresses = [
                    said.get(name) for name in (*_NEEDED[1:], "userinfo_endpoint") if name in said or name in _NEEDED
                ]
                if said.get("issuer") != self.issuer:
                    raise NotProved("the provider calls itself otherwise")
                if not all(isinstance(one, str) and is_safe_url(one) for one in addresses):
                    raise NotProved("an address of the provider is missing, or is not https")
                self._said, self._keys, self._until = said, None, time.monotonic() + _KNOWN_FOR
            return self._said

    def _keys_of(self, anew: bool = False) -> Any:
        """The provider's public keys."""
        from joserfc.jwk import KeySet

        place = self._about()["jwks_uri"]
        with self._lock:
            if self._keys is None or anew:
                self._keys = KeySet.import_key_set({"keys": [], **_ask(place, {})})  # type: ignore[typeddict-item]
            return self._keys


def _ask(address: str, headers: Mapping[str, str], form: bytes | None = None) -> dict[str, Any]:
    """An answer of the provider, an object of JSON; NotProved for any other, EnvironmentFailed where there is none."""
    request = Request(address, form, {"Accept": "application/json", **headers})
    try:
        with _opener().open(request, timeout=_SECONDS) as answer:
            body = answer.read(_LARGEST + 1)
        found = json.loads(body) if len(body) <= _LARGEST else None
    except HTTPError as error:
        error.close()
        raise NotProved(f"{urlsplit(address).path} answers {error.code}") from error
    except (URLError, OSError) as error:
        _log.warning("identity provider not reached", host=urlsplit(address).netloc, why=type(error).__name__)
        raise EnvironmentFailed("单位统一登录的服务器没有应答") from error
    except ValueError as error:
        raise NotProved(f"{urlsplit(address).path} answers no JSON") from error
    if not isinstance(found, dict):
        raise NotProved(f"{urlsplit(address).path} answers no object")
    return found


class _Straight(HTTPRedirectHandler):
    """Goes where it was told and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _opener() -> Any:
    """Without a proxy of the environment's; certificates as the system has them (SSL_CERT_FILE names others)."""
    return build_opener(_Straight, ProxyHandler({}), HTTPSHandler(context=ssl.create_default_context()))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
