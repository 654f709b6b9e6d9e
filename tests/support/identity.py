"""A unit's identity provider for tests: Canaille, as the package index has it, with people who sign in there by a password."""

import html
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

PASSWORD = "Danwei-2023-mima"
CLIENT, SECRET = "tiexi", "geheim-Danwei"


@dataclass
class Identity:
    """The running provider. issuer: as it calls itself."""

    issuer: str

    def sign_in(self, address: str, person: str, back: str) -> str:
        """Goes where the portal sent a browser and signs in there, as a person with a browser does; gives the address that
        the browser is sent back to."""
        with httpx.Client(follow_redirects=False, timeout=30) as browser:
            answer = browser.get(address)
            for _ in range(12):
                if answer.status_code in (301, 302, 303):
                    place = urljoin(str(answer.url), answer.headers["location"])
                    if place.startswith(back):
                        return place
                    answer = browser.get(place)
                    continue
                assert answer.status_code == 200, answer.text[:2000]
                form = dict(re.findall(r'name="(csrf_token)"[^>]*value="([^"]+)"', answer.text))
                form |= {"login": person} if 'name="login"' in answer.text else {}
                form |= {"password": PASSWORD} if 'name="password"' in answer.text else {}
                form |= {"answer": "accept"} if 'name="answer"' in answer.text else {}
                action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
                place = urljoin(str(answer.url), html.unescape(action[1])) if action else str(answer.url)
                answer = browser.post(place, data=form)
        raise AssertionError(f"never sent back: {answer.url} {answer.text[:2000]}")


@contextmanager
def running(folder: Path, people: Sequence[str], backs: Sequence[str]) -> Iterator[Identity]:
    """The provider on a free port with its database in a folder, with people by their user names, and the portal as its client. backs: where the portal has
    browsers sent back to."""
    from canaille import create_app
    from canaille.app import models
    from canaille.backends import Backend
    from joserfc.jwk import RSAKey
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    issuer = f"http://127.0.0.1:{server.server_port}"
    app = create_app(
        {
            "SECRET_KEY": "x" * 32, "SERVER_NAME": urlsplit(issuer).netloc, "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "sql", "TIMEZONE": "UTC"},
            "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{folder}/unit.db", "PASSWORD_HASH_PARAMS": {"pbkdf2_sha512__rounds": 1}},
            "CANAILLE_OIDC": {
                "ACTIVE_JWKS": [RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)],
                "USERINFO_MAPPING": {"PREFERRED_USERNAME": "{{ user.user_name }}"},
            },
        }
    )  # fmt: skip
    with app.app_context():
        Backend.instance.install(app)
        for person in people:
            Backend.instance.save(
                models.User(
                    user_name=person,
                    formatted_name=person,
                    family_name=person,
                    emails=[f"{person}@example.org"],
                    password=PASSWORD,
                )
            )
        client = models.Client(
            client_id=CLIENT, client_secret=SECRET, client_name="tiexi", redirect_uris=list(backs),
            grant_types=["authorization_code"], response_types=["code"], scope=["openid", "profile", "email"],
            token_endpoint_auth_method="client_secret_basic",
        )  # fmt: skip
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)
    server.app = app
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Identity(issuer)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
