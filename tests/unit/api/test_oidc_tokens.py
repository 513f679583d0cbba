"""Signed tokens: one that is right in everything is accepted, and not one of those that are wrong in anything."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from identity_provider import AUDIENCE, CLIENT, FILE, ISSUER, NOW, claims_of, make_file, part, rsa_key, signed, unsigned
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from api.errors import OidcFileInvalid, Unauthenticated
from api.oidc.file import ASYMMETRIC, read_oidc_file
from api.oidc.keys import Keys
from api.oidc.tokens import Verifier
from api.roles import Role

KEY = rsa_key()
OTHER = rsa_key()  # the same id, another secret
SMALL = rsa_key("small", bits=1_024)


def public_pem() -> bytes:
    return KEY.as_pem(private=False)


def hmac_by(secret: bytes) -> str:
    content = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims_of())}"
    return f"{content}.{part(hmac.digest(secret, content.encode(), 'sha256'))}"


def tampered() -> str:
    head, _, signature = signed(KEY).split(".")
    return f"{head}.{part(claims_of(markets=['everywhere']))}.{signature}"


def swapped_signature() -> str:
    one, two = signed(KEY).split("."), signed(KEY, sub="root").split(".")
    return ".".join([*one[:2], two[2]])


FORGED: dict[str, Callable[[], str]] = {
    **{f"alg {name}": lambda name=name: unsigned({"alg": name, "kid": "k1"}) for name in ("none", "None", "NONE", "")},
    "no alg": lambda: unsigned({"kid": "k1"}),
    "alg null": lambda: unsigned({"alg": None, "kid": "k1"}),
    "alg none, some signature": lambda: unsigned({"alg": "none", "kid": "k1"}, "c2lnbmVk"),
    "alg RS256, no signature": lambda: unsigned({"alg": "RS256", "kid": "k1"}),
    "HS256 by the public key": lambda: hmac_by(public_pem()),
    "HS256 by the public key's modulus": lambda: hmac_by(KEY.as_dict(private=False)["n"].encode()),
    "HS256 by an empty secret": lambda: hmac_by(b""),
    "another algorithm of the same key": lambda: signed(KEY, {"alg": "RS512"}),
    "PS256, which is not listed": lambda: signed(KEY, {"alg": "PS256"}),
    "another key under the same id": lambda: signed(OTHER),
    "an unknown id": lambda: signed(KEY, {"kid": "k9"}),
    "an id that is a path": lambda: signed(KEY, {"kid": "../../../dev/null"}),
    "an id that is a list": lambda: unsigned({"alg": "RS256", "kid": ["k1"]}, "c2ln"),
    "no id": lambda: unsigned({"alg": "RS256"}, signed(KEY).split(".")[2]),
    "a key of its own in the header": lambda: signed(OTHER, {"jwk": OTHER.as_dict(private=False)}),
    "keys of its own by address": lambda: signed(OTHER, {"jku": "https://evil.example/keys"}),
    "a certificate by address": lambda: signed(OTHER, {"x5u": "https://evil.example/cert"}),
    "a critical header nobody knows": lambda: unsigned({"alg": "RS256", "kid": "k1", "crit": ["x"], "x": 1}, "c2ln"),
    "a weak key": lambda: signed(SMALL),
    "tampered claims": tampered,
    "a signature of other claims": swapped_signature,
    "a signature cut short": lambda: signed(KEY)[:-8],
    "of another type": lambda: signed(KEY, {"typ": "dpop+jwt"}),
    "a logout token": lambda: signed(KEY, {"typ": "logout+jwt"}),
    "another issuer": lambda: signed(KEY, iss="https://evil.example"),
    "an issuer that only begins like ours": lambda: signed(KEY, iss=ISSUER + ".evil.example"),
    "an issuer with a slash": lambda: signed(KEY, iss=ISSUER + "/"),
    "no issuer": lambda: signed(KEY, iss=None),
    "issuers in a list": lambda: signed(KEY, iss=[ISSUER]),
    "another audience": lambda: signed(KEY, aud="payments"),
    "other audiences": lambda: signed(KEY, aud=["payments", "pointsman2"]),
    "the console's sign-in token": lambda: signed(KEY, aud=CLIENT),
    "no audience": lambda: signed(KEY, aud=None),
    "an audience in an object": lambda: signed(KEY, aud={"pointsman": True}),
    "expired": lambda: signed(KEY, exp=NOW - 31),
    "expired long ago": lambda: signed(KEY, exp=1),
    "no expiry": lambda: signed(KEY, exp=None),
    "an expiry in words": lambda: signed(KEY, exp="never"),
    "an expiry that is true": lambda: signed(KEY, exp=True),
    "not valid yet": lambda: signed(KEY, nbf=NOW + 31),
    "issued in the future": lambda: signed(KEY, iat=NOW + 31),
    "no subject": lambda: signed(KEY, sub=None),
    "an empty subject": lambda: signed(KEY, sub=""),
    "a subject that is a number": lambda: signed(KEY, sub=7),
    "a subject of many lines": lambda: signed(KEY, sub="mona\nroot"),
    "a subject without end": lambda: signed(KEY, sub="m" * 101),
    "claims that are a list": lambda: f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part([1])}.c2ln",
    "claims that are no JSON": lambda: f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part(b'hello')}.c2ln",
    "a header that is no JSON": lambda: f"{part(b'hello')}.{part(claims_of())}.c2ln",
    "a deep header": lambda: f"{part(b'[' * 50_000)}.e30.c2ln",
    "nothing": lambda: "..",
    "dots": lambda: "a.b.c",
    "five parts": lambda: ".".join("abcde"),
    "not ASCII": lambda: "é.é.é",
    "half a pair": lambda: "\ud800.e30.e30",
    "a token without end": lambda: signed(KEY, filler="x" * 20_000),
}


def keys_of(*keys: RSAKey | ECKey) -> Keys:
    return Keys(lambda: {"keys": [key.as_dict(private=False) for key in keys]})


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier(make_file(), keys_of(KEY, SMALL), seconds=lambda: NOW)


def test_a_token_that_is_right_in_everything_is_accepted(verifier: Verifier) -> None:
    found = verifier.principal(signed(KEY))
    assert (found.name, found.roles, found.markets) == ("sso:mona", {Role.MANAGER}, frozenset({"uk"}))


def test_several_audiences_with_ours_among_them_are_fine(verifier: Verifier) -> None:
    assert verifier.principal(signed(KEY, aud=["payments", AUDIENCE])).name == "sso:mona"


@pytest.mark.parametrize("what", FORGED)
def test_not_one_forged_token_is_accepted(verifier: Verifier, what: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier.principal(FORGED[what]())


def test_every_single_bit_of_the_signature_counts(verifier: Verifier) -> None:
    head, body, signature = signed(KEY).split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    for place in range(0, len(raw), 8):
        raw[place] ^= 1
        with pytest.raises(Unauthenticated):
            verifier.principal(f"{head}.{body}.{part(bytes(raw))}")
        raw[place] ^= 1


def test_the_reason_tells_nothing_of_the_token(verifier: Verifier) -> None:
    for forge in FORGED.values():
        with pytest.raises(Unauthenticated) as refusal:
            verifier.principal(forge())
        assert "mona" not in str(refusal.value)
        assert len(str(refusal.value)) < 120


def test_clocks_may_differ_by_the_leeway_and_no_more() -> None:
    file = make_file(leeway_seconds=30)
    for late, accepted in ((29, True), (31, False)):
        strict = Verifier(file, keys_of(KEY), seconds=lambda late=late: NOW + 300 + late)
        if accepted:
            assert strict.principal(signed(KEY)).name == "sso:mona"
        else:
            with pytest.raises(Unauthenticated):
                strict.principal(signed(KEY))


def test_every_algorithm_that_can_be_listed_needs_a_private_key() -> None:
    known = JWSRegistry.algorithms
    assert {known[name].key_type for name in ASYMMETRIC} == {"RSA", "EC", "OKP"}
    assert not {name for name in known if name.startswith("HS") or name == "none"} & set(ASYMMETRIC)


def test_elliptic_curves_are_fine_where_they_are_listed() -> None:
    key = ECKey.generate_key("P-256", {"kid": "e1"})
    token = signed(key, {"alg": "ES256"})
    assert Verifier(make_file(), keys_of(key), seconds=lambda: NOW).principal(token).name == "sso:mona"
    with pytest.raises(Unauthenticated):
        Verifier(make_file(algorithms=["RS256"]), keys_of(key), seconds=lambda: NOW).principal(token)


@pytest.mark.parametrize(
    ("claims", "roles", "markets"),
    [
        ({"realm_access": {"roles": ["desk-managers", "systems"]}}, {"manager", "service"}, {"uk"}),
        ({"realm_access": {"roles": ["root", "admin"]}}, set(), {"uk"}),
        ({"realm_access": {"roles": "desk-admins"}}, {"admin"}, {"uk"}),
        ({"realm_access": ["desk-admins"]}, set(), {"uk"}),
        ({"realm_access": None}, set(), {"uk"}),
        ({"realm_access.roles": ["desk-admins"]}, {"admin"}, {"uk"}),
        ({"realm_access": {"roles": ["desk-staff"]}}, set(), {"uk"}),
        ({"realm_access": {"roles": ["desk-staff"]}, "cop_id": "ada"}, {"cop"}, {"uk"}),
        ({"markets": ["desk-uk", "desk-ie"]}, {"manager"}, {"uk", "ie"}),
        ({"markets": ["uk", "*"]}, {"manager"}, set()),
        ({"markets": None}, {"manager"}, set()),
        ({"markets": {"everywhere": True}}, {"manager"}, set()),
        ({"markets": ["everywhere"]}, {"manager"}, None),
    ],
)
def test_claims_mean_what_the_file_says_and_nothing_else(
    verifier: Verifier, claims: dict[str, Any], roles: set[str], markets: set[str] | None
) -> None:
    found = verifier.principal(signed(KEY, **claims))
    assert (found.roles, found.markets) == (roles, markets)


def wrong_files() -> Iterator[tuple[dict[str, Any], str]]:
    yield {"algorithms": ["HS256"]}, "algorithms.0"
    yield {"algorithms": ["none"]}, "algorithms.0"
    yield {"algorithms": []}, "algorithms"
    yield {"issuer": "http://id.example"}, "issuer"
    yield {"jwks_url": "http://localhost.evil.example/keys"}, "jwks_url"
    yield {"audience": CLIENT}, "audience and sign_in.client_id must differ"
    yield {"leeway_seconds": 3_600}, "leeway_seconds"
    yield {"roles": {"boss": "king"}}, "roles.boss"
    yield {"roles": {}}, "roles"
    yield {"markets": {}}, "markets"
    yield {"secret": "x"}, "secret"


@pytest.mark.parametrize(("change", "named"), list(wrong_files()), ids=lambda value: str(value)[:40])
def test_a_file_that_would_believe_too_much_is_refused_by_place(
    change: dict[str, Any], named: str, tmp_path: Any
) -> None:
    path = tmp_path / "oidc.toml"
    path.write_text(toml_of({**FILE, **change}))
    with pytest.raises(OidcFileInvalid, match=named.replace(".", r"\.")):
        read_oidc_file(path)


def toml_of(content: dict[str, Any]) -> str:
    scalars = [f"{name} = {json.dumps(value)}" for name, value in content.items() if not isinstance(value, dict)]
    tables = [
        "\n".join([f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())])
        for name, table in content.items()
        if isinstance(table, dict)
    ]
    return "\n".join([*scalars, *tables]) + "\n"


def test_a_file_as_the_guide_shows_it_is_read(tmp_path: Any) -> None:
    path = tmp_path / "oidc.toml"
    path.write_text(toml_of(FILE))
    assert read_oidc_file(path) == make_file()
