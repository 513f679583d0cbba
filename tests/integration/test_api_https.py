"""Where browsers come by https, cookies and headers insist on it, whatever a request says of itself."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, make_service, write_tokens

from api.app import create_app
from routing.settings import Settings


def door_with(tmp_path: Path, **changes: Any) -> Door:
    service = make_service(Settings(tokens_file=write_tokens(tmp_path / "tokens.toml"), **changes))
    app = create_app(service)
    client = TestClient(app, base_url=LOCAL, raise_server_exceptions=False, follow_redirects=False)
    return Door(service, app, client)


def strict_door(tmp_path: Path) -> Door:
    door = door_with(tmp_path, public_url="https://desk.bank.example")
    door.client.base_url = "https://desk.bank.example"
    return door


def test_where_browsers_come_by_https_cookies_and_headers_insist_on_it(tmp_path: Path) -> None:
    door = strict_door(tmp_path)
    reply = door.client.post(
        "/sign-in", data={"token": "token-of-mona"}, headers={"Origin": "https://desk.bank.example"}
    )
    cookie = reply.headers["set-cookie"]
    assert cookie.startswith("__Host-pointsman_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    for path in ("/", "/sign-in", "/v1/floor", "/livez", "/console/static/console.css", "/nowhere"):
        assert door.client.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("origin", ["http://desk.bank.example", "https://evil.example", "null", "https://bank.example"])
def test_there_only_pages_of_that_very_address_change_anything(tmp_path: Path, origin: str) -> None:
    reply = strict_door(tmp_path).client.post("/sign-in", data={"token": "token-of-mona"}, headers={"Origin": origin})
    assert reply.status_code == 403
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("header", [{"X-Forwarded-Proto": "https"}, {"X-Forwarded-Host": "desk.bank.example"}])
def test_a_request_cannot_make_itself_secure(tmp_path: Path, header: dict[str, str]) -> None:
    door = door_with(tmp_path)
    reply = door.client.post("/sign-in", data={"token": "token-of-mona"}, headers=header)
    assert "Secure" not in reply.headers["set-cookie"]
    assert "Strict-Transport-Security" not in reply.headers
