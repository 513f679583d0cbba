"""The provider's keys: fetched when a token names one, at our pace, kept for a while, and from its own address."""

import pytest
from identity_provider import ISSUER, NOW, FakeProvider, make_file, rsa_key, signed, unsigned
from joserfc.jwk import OctKey

from api.errors import Unauthenticated
from api.oidc.keys import FRESH_SECONDS, KEPT_SECONDS, SECONDS_BETWEEN_FETCHES, Keys, usable
from api.oidc.tokens import Verifier
from routing.domain.errors import Unavailable

KEY = rsa_key()
SMALL = rsa_key("small", bits=1_024)


class Moment:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def rotating() -> tuple[FakeProvider, Verifier, Moment]:
    provider, moment = FakeProvider([KEY]), Moment()
    fetch = provider.client()
    keys = Keys(lambda: fetch.document(f"{ISSUER}/keys"), moment)
    return provider, Verifier(make_file(), keys, seconds=lambda: NOW), moment


def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    provider, verifier, moment = rotating()
    verifier.principal(signed(KEY))
    new = rsa_key("k2")
    provider.keys.append(new)
    moment.at += SECONDS_BETWEEN_FETCHES
    assert verifier.principal(signed(new)).name == "sso:mona"
    assert provider.fetches == 2


def test_strangers_cannot_make_us_fetch_at_their_pace() -> None:
    provider, verifier, moment = rotating()
    verifier.principal(signed(KEY))
    for number in range(500):
        moment.at += 0.1
        with pytest.raises(Unauthenticated):
            verifier.principal(unsigned({"alg": "RS256", "kid": f"k{number + 2}"}, "c2ln"))
    assert provider.fetches <= 1 + 50 / SECONDS_BETWEEN_FETCHES


def test_a_withdrawn_key_opens_nothing_once_the_keys_are_read_again() -> None:
    provider, verifier, moment = rotating()
    verifier.principal(signed(KEY))
    provider.keys = [rsa_key("k2")]
    moment.at += FRESH_SECONDS
    with pytest.raises(Unauthenticated):
        verifier.principal(signed(KEY))


def test_while_the_provider_is_down_its_keys_serve_for_a_while() -> None:
    provider, verifier, moment = rotating()
    verifier.principal(signed(KEY))
    provider.down = True
    moment.at += KEPT_SECONDS - 1
    assert verifier.principal(signed(KEY)).name == "sso:mona"
    moment.at += 1
    with pytest.raises(Unavailable):
        verifier.principal(signed(KEY))


def test_a_provider_that_never_answered_opens_nothing() -> None:
    provider, verifier, _ = rotating()
    provider.down = True
    with pytest.raises(Unavailable):
        verifier.principal(signed(KEY))


def test_secrets_and_encryption_keys_in_a_key_set_are_ignored() -> None:
    secret = OctKey.generate_key(256, {"kid": "o1"}).as_dict(private=True)
    encrypting = {**rsa_key("e1").as_dict(private=False), "use": "enc"}
    assert usable({"keys": [secret, encrypting, SMALL.as_dict(private=False), {"kty": "RSA", "kid": "x"}, 7]}) == {}
    with pytest.raises(Unavailable):
        usable({"keys": "none"})


def test_the_provider_s_addresses_are_its_own_and_https() -> None:
    for described in (
        {"issuer": "https://evil.example"},
        {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1.evil.example/k"},
    ):
        provider = FakeProvider([KEY], documents={"/.well-known/openid-configuration": described})
        with pytest.raises(Unavailable):
            provider.trusted().principal(signed(KEY))
