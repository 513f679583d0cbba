"""Signing in by Keycloak, a provider that banks run: real tokens, and a browser that goes there and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from e2e.served import serving
from playwright.sync_api import Page, expect
from rest_door import make_service
from servers.absent import absent
from servers.keycloak import DistributionUnavailable, Keycloak, keycloak_folder
from servers.processes import free_port

from api.app import create_app
from routing.settings import Settings

pytestmark = pytest.mark.slow
MAPPERS = {
    "audience": ("audience-mapper", {"included.custom.audience": "pointsman", "id.token.claim": "false"}),
    "roles": ("usermodel-realm-role-mapper", {"claim.name": "realm_access.roles", "multivalued": "true"}),
    "markets": ("group-membership-mapper", {"claim.name": "markets", "full.path": "false"}),
    "cop": ("usermodel-attribute-mapper", {"claim.name": "cop_id", "user.attribute": "username"}),
}
OIDC_FILE = """
issuer = "{issuer}"
audience = "pointsman"
roles_claim = "realm_access.roles"
name_claim = "preferred_username"
[roles]
"support-managers" = "manager"
"support-desk" = "cop"
[markets]
"desk-gb" = ["uk"]
[sign_in]
client_id = "console"
redirect_url = "{address}/sign-in/sso/back"
"""


@dataclass(frozen=True)
class House:
    """A Pointsman that believes a Keycloak."""

    keycloak: Keycloak
    address: str

    def status(self, path: str, token: str) -> int:
        return httpx.get(self.address + path, headers={"Authorization": f"Bearer {token}"}).status_code


def realm(address: str) -> dict[str, Any]:
    """As docs/api.md tells administrators to set it up."""
    claims = {"access.token.claim": "true", "id.token.claim": "true"}
    mappers = [
        {"name": name, "protocol": "openid-connect", "protocolMapper": f"oidc-{kind}", "config": {**claims, **settings}}
        for name, (kind, settings) in MAPPERS.items()
    ]
    console = {"clientId": "console", "redirectUris": [f"{address}/sign-in/sso/back"]}
    tooling = {"clientId": "tooling", "standardFlowEnabled": False, "directAccessGrantsEnabled": True}
    people = [
        ("mona", "support-managers", "desk-gb"),
        ("ada", "support-desk", "desk-gb"),
        ("paul", "payroll", "desk-gb"),
    ]
    return {
        "realm": "bank",
        "enabled": True,
        "roles": {"realm": [{"name": role} for _, role, _ in people]},
        "groups": [{"name": "desk-gb"}],
        "users": [person(*each) for each in people],
        "clients": [{**client, "publicClient": True, "protocolMappers": mappers} for client in (console, tooling)],
    }


def person(name: str, role: str, group: str) -> dict[str, Any]:
    return {
        "username": name,
        "enabled": True,
        "firstName": name.title(),
        "lastName": "Example",
        "email": f"{name}@bank.example",
        "emailVerified": True,
        "credentials": [{"type": "password", "value": f"word-of-{name}", "temporary": False}],
        "realmRoles": [role],
        "groups": [f"/{group}"],
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    try:
        distribution = keycloak_folder()
    except DistributionUnavailable as reason:
        absent("Keycloak", str(reason), "install a Java runtime (17 or newer) and Maven")
    folder, port = tmp_path_factory.mktemp("keycloak"), free_port()
    address = f"http://127.0.0.1:{port}"
    with Keycloak(distribution, folder, realm(address)) as keycloak:
        file = folder / "oidc.toml"
        file.write_text(OIDC_FILE.format(issuer=keycloak.issuer, address=address), encoding="utf-8")
        with serving(create_app(make_service(Settings(oidc_file=file))), port):
            yield House(keycloak, address)


def told(house: House, user: str) -> str:
    return house.keycloak.token("tooling", user, f"word-of-{user}")


def test_tokens_of_keycloak_open_what_their_roles_stand_for_and_nothing_else(house: House) -> None:
    manager, cop, stranger = (told(house, user) for user in ("mona", "ada", "paul"))
    assert house.status("/v1/conversations", manager) == 200
    assert house.status("/metrics", manager) == 403
    assert house.status("/v1/cops/ada/offers", cop) == 200
    assert house.status("/v1/cops/ben/offers", cop) == 404
    assert house.status("/v1/conversations", stranger) == 403
    head, body, signature = manager.split(".")
    assert house.status("/v1/conversations", f"{head}.{body}.{signature[:-8]}AAAAAAAA") == 401


def test_a_manager_signs_in_to_the_console_by_keycloak_and_out_again(house: House, browser_page: Page) -> None:
    browser_page.goto(house.address)
    browser_page.get_by_role("link", name="Sign in with your organisation").click()
    browser_page.locator("#username").fill("mona")
    browser_page.locator("#password").fill("word-of-mona")
    browser_page.locator("#kc-login").click()
    expect(browser_page.locator("#live")).to_have_text("Live")
    expect(browser_page.locator("body")).to_contain_text("sso:mona")


def test_who_has_no_role_here_is_told_so_after_signing_in(house: House, browser_page: Page) -> None:
    browser_page.goto(f"{house.address}/sign-in/sso")
    browser_page.locator("#username").fill("paul")
    browser_page.locator("#password").fill("word-of-paul")
    browser_page.locator("#kc-login").click()
    expect(browser_page.locator("body")).to_contain_text("has no COp, manager or admin role")
