"""Who may call at all: loopback without tokens, tokens beyond it, and no foreign web page."""

import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, bearer, make_door, make_service, write_tokens

from api.app import create_app
from api.auth import Authenticator, check_exposure, digest_of, is_loopback, new_token
from api.errors import Exposed, TokenFileInvalid, Unauthenticated
from api.token_file import Token, read_tokens
from routing.settings import Settings


@pytest.fixture
def door() -> Door:
    return make_door()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "pointsman.bank.example", "127.0.0.1.evil.example"])
def test_listening_beyond_loopback_without_tokens_is_refused(host: str):
    with pytest.raises(Exposed, match="POINTSMAN_TOKENS_FILE"):
        check_exposure(Settings(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_no_tokens(host: str):
    check_exposure(Settings(host=host))


def test_an_exposed_application_is_never_made():
    with pytest.raises(Exposed):
        create_app(make_service(Settings(host="0.0.0.0")))


def test_with_tokens_any_address_is_fine(tmp_path: Path):
    check_exposure(Settings(host="0.0.0.0", tokens_file=write_tokens(tmp_path / "tokens.toml")))


@pytest.mark.parametrize("host", ["::ffff:8.8.8.8", "[::1]:80", "localhost.evil.example", "2130706433"])
def test_a_name_that_only_looks_like_loopback_is_none(host: str):
    assert not is_loopback(host)


def test_without_tokens_everybody_is_the_local_admin(door: Door):
    assert door.client.get("/v1/floor").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "127.0.0.1"])
def test_a_request_to_this_machine_by_name_is_answered(door: Door, host: str):
    assert door.client.get("/v1/floor", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "10.0.0.8", ""])
def test_a_rebound_name_is_refused(door: Door, host: str):
    reply = door.client.get("/v1/floor", headers={"Host": host})
    assert (reply.status_code, reply.json()["type"]) == (403, "urn:pointsman:problem:not_local")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(door: Door, headers: dict[str, str]):
    reply = door.client.post("/v1/conversations", json={"text": "hello", "market": "uk"}, headers=headers)
    assert (reply.status_code, reply.json()["type"]) == (403, "urn:pointsman:problem:not_local")
    assert door.client.get("/v1/conversations").json()["items"] == []


@pytest.mark.parametrize("headers", [{}, {"Origin": LOCAL}, {"Origin": LOCAL, "Sec-Fetch-Site": "same-origin"}])
def test_programs_and_own_pages_may_change_things(door: Door, headers: dict[str, str]):
    reply = door.client.post("/v1/conversations", json={"text": "hello", "market": "uk"}, headers=headers)
    assert reply.status_code == 201


def test_a_caller_from_another_machine_is_refused_without_tokens(door: Door):
    client = TestClient(door.app, base_url=LOCAL, client=("203.0.113.7", 50_000))
    assert client.get("/v1/floor").status_code == 403
    assert TestClient(door.app, base_url=LOCAL, client=("::1", 50_000)).get("/v1/floor").status_code == 200


def test_with_tokens_any_host_name_is_fine(tmp_path: Path):
    door = make_door(write_tokens(tmp_path / "tokens.toml"))
    headers = {**bearer("root"), "Host": "pointsman.bank.example"}
    assert door.client.get("/v1/floor", headers=headers).status_code == 200


def test_a_fresh_token_is_recognised_by_its_digest_alone():
    token, digest = new_token()
    known = Authenticator(lambda: (Token("robot", digest, frozenset()),))
    assert known.by_token(token).name == "robot"
    assert token not in digest
    with pytest.raises(Unauthenticated):
        known.by_token(digest)


def test_fresh_tokens_differ():
    assert new_token()[0] != new_token()[0]


def test_everything_wrong_with_a_tokens_file_is_told_at_once(tmp_path: Path):
    path = tmp_path / "tokens.toml"
    path.write_text(
        '[[token]]\nname = "a"\nsha256 = "short"\nroles = ["boss"]\ntenants = ["uk"]\n'
        f'[[token]]\nname = "a"\nsha256 = "{digest_of("x")}"\nroles = ["cop"]\n'
        f'[[token]]\nname = "b"\nsha256 = "{digest_of("x")}"\nroles = []\nmarkets = []\n'
        'expires = "soon"\nrequests_per_second = 0\n'
    )
    with pytest.raises(TokenFileInvalid) as refused:
        read_tokens(path)
    told = str(refused.value)
    for part in ("token 1: unknown tenants", "token 1.sha256", "token 1.roles", "token 2.cop_id", "token 3.roles"):
        assert part in told
    for part in ("token 3.markets", "token 3.expires", "token 3.requests_per_second"):
        assert part in told
    assert "name is used 2 times" in told
    assert "sha256 is used 2 times" in told


@pytest.mark.parametrize("content", ["", "token = 3", "[[token]", "[[tokens]]\nname = 'a'", "token = [1]"])
def test_a_file_that_is_no_tokens_file_is_refused_by_name(tmp_path: Path, content: str):
    path = tmp_path / "tokens.toml"
    path.write_text(content)
    with pytest.raises(TokenFileInvalid, match=r"tokens\.toml"):
        read_tokens(path)


def test_a_tokens_file_that_is_missing_is_an_error_and_no_open_door(tmp_path: Path):
    settings = Settings(tokens_file=tmp_path / f"absent-{os.getpid()}.toml")
    with pytest.raises(TokenFileInvalid):
        create_app(make_service(settings))
