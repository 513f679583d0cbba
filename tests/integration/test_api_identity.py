"""Who is let in over HTTP: tokens of the file and of the provider, sessions of both, and nothing a header claims."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from identity_provider import CLIENT, ISSUER, NOW, FakeProvider, rsa_key, signed
from rest_door import LOCAL, Door, bearer, make_service, write_tokens

from api.app import create_app
from api.auth import Authenticator
from api.gate import Gate
from api.oidc.tokens import Verifier
from api.rate_limit import Allowance
from api.token_file import LiveTokens
from routing.domain.errors import Unavailable
from routing.settings import Settings

CLAIMED = {
    "X-Forwarded-User": "root",
    "X-Remote-User": "root",
    "Remote-User": "root",
    "X-Auth-Request-User": "root",
    "X-Auth-Request-Groups": "admin",
    "X-Forwarded-Email": "root@bank.example",
    "X-Forwarded-Groups": "admin",
    "X-Forwarded-Access-Token": "token-of-root",
    "X-Webauth-User": "root",
    "X-Authenticated-User": "root",
    "X-Role": "admin",
    "X-User-Id": "root",
    "X-SSL-Client-Verify": "SUCCESS",
    "X-SSL-Client-S-DN": "CN=root",
    "X-Client-Cert": "root",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=localhost;proto=https",
    "X-Original-URL": "/livez",
    "X-Rewrite-URL": "/livez",
    "X-HTTP-Method-Override": "GET",
    "X-Api-Key": "token-of-root",
    "Proxy-Authorization": "Bearer token-of-root",
    "Cookie": "token=token-of-root; session=root; pointsman_session=root",
}


@pytest.fixture(autouse=True)
def same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.oidc.tokens.time.time", lambda: NOW)
    monkeypatch.setattr(Verifier.__init__, "__defaults__", (lambda: NOW,))


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def door_with(provider: FakeProvider | None, tmp_path: Path, **changes: Any) -> Door:
    tokens = write_tokens(tmp_path / "tokens.toml")
    service = make_service(Settings(tokens_file=tokens, **changes))
    app = create_app(service)
    trusted = None if provider is None else provider.trusted()
    app.state.gate = Gate(Authenticator(LiveTokens(tokens), trusted), Allowance(1_000, 1_000))
    client = TestClient(app, base_url=LOCAL, raise_server_exceptions=False, follow_redirects=False)
    return Door(service, app, client)


@pytest.fixture
def door(provider: FakeProvider, tmp_path: Path) -> Door:
    return door_with(provider, tmp_path)


def held(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_signed_token_opens_what_its_claims_stand_for(door: Door, provider: FakeProvider) -> None:
    mine, theirs = door.begin(), door.begin(market="ie")
    token = held(signed(provider.keys[0]))
    assert door.client.get(f"/v1/conversations/{mine}", headers=token).status_code == 200
    assert door.client.get(f"/v1/conversations/{theirs}", headers=token).status_code == 404
    assert door.client.get("/metrics", headers=token).status_code == 403
    assert [item["id"] for item in door.client.get("/v1/conversations", headers=token).json()["items"]] == [mine]


def test_what_a_signed_holder_decides_carries_their_name(door: Door, provider: FakeProvider) -> None:
    item = door.in_review()
    token = held(signed(provider.keys[0]))
    body = {"issue_type": "card_lost"}
    reply = door.client.post(f"/v1/reviews/{item['id']}/verdict", json=body, headers=token)
    assert reply.json()["verdict"]["decided_by"] == "sso:mona"
    kept = door.client.post(f"/v1/reviews/{item['id']}/undo", headers=bearer("mona"))
    assert kept.status_code == 409  # mona of the tokens file is somebody else


def test_a_cop_of_the_provider_reaches_their_own_desk_alone(door: Door, provider: FakeProvider) -> None:
    token = held(signed(provider.keys[0], realm_access={"roles": ["desk-staff"]}, cop_id="ada"))
    assert door.client.get("/v1/cops/ada/offers", headers=token).status_code == 200
    assert door.client.get("/v1/cops/ben/offers", headers=token).status_code == 404


def test_a_token_without_a_role_here_opens_nothing(door: Door, provider: FakeProvider) -> None:
    token = held(signed(provider.keys[0], realm_access={"roles": ["payments"]}))
    assert door.client.get("/v1/taxonomy", headers=token).status_code == 403


def test_a_forged_signature_is_nobody(door: Door) -> None:
    reply = door.client.get("/v1/taxonomy", headers=held(signed(rsa_key())))
    assert (reply.status_code, reply.json()["type"]) == (401, "urn:pointsman:problem:unauthenticated")


def test_without_the_provider_s_keys_the_answer_is_to_try_again(door: Door, provider: FakeProvider) -> None:
    provider.down = True
    reply = door.client.get("/v1/taxonomy", headers=held(signed(provider.keys[0])))
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")
    assert door.client.get("/v1/taxonomy", headers=bearer("mona")).status_code == 200
    assert door.client.get("/readyz", headers=held(signed(provider.keys[0]))).status_code == 200


@pytest.mark.parametrize("name", CLAIMED)
def test_what_a_header_claims_opens_nothing(door: Door, name: str) -> None:
    for path in ("/v1/floor", "/v1/conversations", "/console/queue", "/metrics"):
        assert door.client.get(path, headers={name: CLAIMED[name]}).status_code == 401


@pytest.mark.parametrize("name", CLAIMED)
def test_what_a_header_claims_adds_nothing_to_a_token(door: Door, name: str) -> None:
    headers = {**bearer("ben"), name: CLAIMED[name]}
    assert door.client.get("/v1/floor", headers=headers).status_code == 403
    assert door.client.get("/v1/cops/ada/offers", headers=headers).status_code == 404
    assert door.client.post("/v1/models/rollback", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("place", ["/v1/floor?access_token=token-of-root", "/v1/floor?token=token-of-root"])
def test_a_token_in_an_address_counts_for_nothing(door: Door, place: str) -> None:
    assert door.client.get(place).status_code == 401


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))


def live(tmp_path: Path) -> tuple[Path, LiveTokens, list[float]]:
    path, at = write_tokens(tmp_path / "tokens.toml"), [0.0]
    return path, LiveTokens(path, lambda: at[0]), at


def test_a_token_taken_out_of_the_file_is_nobody_s_a_second_later(tmp_path: Path) -> None:
    path, tokens, at = live(tmp_path)
    rewrite(path, path.read_text().split("[[token]]", 2)[0] + "[[token]]" + path.read_text().split("[[token]]", 2)[2])
    assert "robot" in {token.name for token in tokens()}
    at[0] += 1
    assert "robot" not in {token.name for token in tokens()}


@pytest.mark.parametrize("broken", ["", "[[token]", '[[token]]\nname = "x"'])
def test_a_tokens_file_that_breaks_while_serving_changes_nothing(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    path, tokens, at = live(tmp_path)
    before = tokens()
    rewrite(path, broken)
    at[0] += 1
    assert tokens() == before
    assert "the tokens before stay in force" in caplog.text


@pytest.mark.parametrize(
    ("expires", "status"), [("2020-01-01", 401), ("2020-01-01T00:00:00Z", 401), ("2999-01-01", 200)]
)
def test_a_token_of_the_file_can_end(tmp_path: Path, expires: str, status: int) -> None:
    path = write_tokens(tmp_path / "tokens.toml")
    path.write_text(path.read_text().replace('roles = ["service"]\n', f'roles = ["service"]\nexpires = {expires}\n'))
    client = TestClient(create_app(make_service(Settings(tokens_file=path))), base_url=LOCAL)
    assert client.get("/v1/taxonomy", headers=bearer("robot")).status_code == status


def test_a_session_ends_with_the_token_it_was_opened_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.token_file.SECONDS_BETWEEN_LOOKS", 0.0)
    door = door_with(None, tmp_path)
    door.client.post("/sign-in", data={"token": "token-of-mona"})
    assert door.client.get("/console/queue").status_code == 200
    path = tmp_path / "tokens.toml"
    rewrite(path, path.read_text().replace('name = "mona"', 'name = "gone"'))
    assert door.client.get("/console/queue").status_code == 401


def sent_to_the_provider(door: Door) -> str:
    reply = door.client.get("/sign-in/sso")
    assert reply.status_code == 303
    return reply.headers["location"]


def test_a_browser_signs_in_by_way_of_the_provider(door: Door, provider: FakeProvider) -> None:
    assert "Sign in with your organisation" in door.client.get("/sign-in").text
    address = sent_to_the_provider(door)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{ISSUER}/authorize?")
    assert (asked["code_challenge_method"], asked["response_type"], asked["client_id"]) == ("S256", "code", CLIENT)
    state = provider.visited(address)
    back = door.client.get("/sign-in/sso/back", params={"state": state, "code": "c0de"})
    assert back.status_code == 200
    cookie = next(each for each in back.headers.get_list("set-cookie") if each.startswith("pointsman_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "sso:mona" in door.client.get("/").text
    assert provider.exchanges[0]["code"] == "c0de"
    assert provider.exchanges[0]["code_verifier"] not in address


def test_the_verifier_answers_the_challenge(door: Door, provider: FakeProvider) -> None:
    import base64
    import hashlib

    state = provider.visited(sent_to_the_provider(door))
    door.client.get("/sign-in/sso/back", params={"state": state, "code": "c"})
    digest = hashlib.sha256(provider.exchanges[0]["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == provider.asked["code_challenge"]


def came_back(door: Door, provider: FakeProvider, what: str) -> int:
    """The status of a return that is wrong in one way."""
    state = provider.visited(sent_to_the_provider(door))
    if what == "another browser":
        door.client.cookies.clear()
    if what == "used before":
        door.client.get("/sign-in/sso/back", params={"state": state, "code": "c"})
        door.client.cookies.delete("pointsman_session")
    changes: dict[str, dict[str, Any]] = {
        "another's nonce": {"nonce": "other"},
        "no nonce": {"nonce": None},
        "made for the interface": {"aud": "pointsman"},
        "of another issuer": {"iss": "https://evil.example"},
        "expired": {"exp": NOW - 60},
        "without a role": {"realm_access": {}},
    }
    provider.holder = changes.get(what, {})
    provider.keys = [rsa_key("k7")] if what == "an unknown key" else provider.keys
    sent = "forged" if what == "a forged state" else "" if what == "no state" else state
    return door.client.get("/sign-in/sso/back", params={"state": sent, "code": "c"}).status_code


@pytest.mark.parametrize(
    "what",
    [
        "a forged state",
        "no state",
        "another browser",
        "used before",
        "another's nonce",
        "no nonce",
        "made for the interface",
        "of another issuer",
        "expired",
        "without a role",
    ],
)
def test_a_return_that_is_wrong_in_one_way_opens_nothing(door: Door, provider: FakeProvider, what: str) -> None:
    assert came_back(door, provider, what) == 403
    assert door.client.get("/console/queue").status_code == 401


def test_a_cop_comes_back_to_their_own_desk_and_to_nothing_else(door: Door, provider: FakeProvider) -> None:
    state = provider.visited(sent_to_the_provider(door))
    provider.holder = {"realm_access": {"roles": ["desk-staff"]}, "cop_id": "ada"}
    reply = door.client.get("/sign-in/sso/back", params={"state": state, "code": "c"})
    assert (reply.status_code, "/console/desk" in reply.text) == (200, True)
    assert door.client.get("/console/desk").status_code == 200
    assert door.client.get("/console/queue").status_code == 403


def test_a_provider_that_is_down_is_said_so_and_tokens_still_work(door: Door, provider: FakeProvider) -> None:
    provider.down = True
    reply = door.client.get("/sign-in/sso")
    assert (reply.status_code, "does not answer" in reply.text) == (503, True)
    assert door.client.post("/sign-in", data={"token": "token-of-mona"}).status_code == 303


def test_without_a_provider_there_is_no_such_way_in(tmp_path: Path) -> None:
    door = door_with(None, tmp_path)
    assert "organisation" not in door.client.get("/sign-in").text
    assert door.client.get("/sign-in/sso/back", params={"state": "s", "code": "c"}).status_code == 403
    with pytest.raises(Unavailable):
        FakeProvider(down=True).client().document(f"{ISSUER}/keys")
