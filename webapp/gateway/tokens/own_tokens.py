"""The gateway's own tokens: for one minute, one service and one person with their current roles."""

import time

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from settings import settings
from webapp.shared.people.rights import Person
from webapp.shared.process.json_objects import JsonObject

LIFETIME = 60
REUSED_FOR = 20.0
ALGORITHM = "ES256"
MOST_KEPT = 5000


class OwnTokens:
    """Sign and verify tokens with `DM_GATEWAY_KEY` (PEM), or with a key generated at start."""

    def __init__(self) -> None:
        pem = settings().gateway_key.reveal()
        made = ECKey.import_key(pem) if pem else ECKey.generate_key("P-256")
        self._key = ECKey.import_key(
            {**made.as_dict(private=True), "kid": made.thumbprint(), "use": "sig", "alg": ALGORITHM}
        )
        self._kept: dict[tuple[Person, str], tuple[float, str]] = {}

    def issue(self, person: Person, service: str) -> str:
        """Return a token with which `person` can call only `service`; reused for 20 seconds."""
        held = self._kept.get((person, service))
        if held and time.monotonic() - held[0] < REUSED_FOR:
            return held[1]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        token = jwt.encode(
            {"alg": ALGORITHM, "kid": self._key.kid, "typ": "at+jwt"},
            _claims(person, service),
            self._key,
            algorithms=[ALGORITHM],
        )
        self._kept[person, service] = time.monotonic(), token
        return token

    def verify(self, raw: str, service: str) -> Person:
        """Return the person of a token issued for `service`. Raises JoseError or ValueError."""
        claims = jwt.decode(raw, self._key, algorithms=[ALGORITHM]).claims
        required = ClaimsOption(essential=True)
        JWTClaimsRegistry(
            leeway=0,
            iss=ClaimsOption(essential=True, value=settings().public_url),
            exp=required,
            sub=required,
            aud=ClaimsOption(essential=True, value=service),
        ).validate(claims)
        if claims["aud"] != service:
            raise ValueError("a token has one audience")
        return _person(claims)

    def jwks(self) -> JsonObject:
        """Return the public key, for services that verify tokens themselves."""
        return {"keys": [self._key.as_dict(private=False)]}


def _claims(person: Person, service: str) -> JsonObject:
    now = int(time.time())
    return {
        "iss": settings().public_url,
        "sub": person.uid,
        "aud": service,
        "iat": now,
        "exp": now + LIFETIME,
        "name": person.name,
        "email": person.mail,
        "department": person.department,
        "title": person.title,
        "roles": sorted(person.roles),
        "may_approve": person.may_approve,
        "service": person.is_service,
    }


def _person(claims: JsonObject) -> Person:
    return Person(
        uid=claims["sub"],
        name=claims["name"],
        mail=claims["email"],
        department=claims["department"],
        title=claims["title"],
        roles=frozenset(claims["roles"]),
        may_approve=claims["may_approve"],
        is_service=claims["service"],
    )
