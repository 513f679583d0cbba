"""The identity provider as one thing: its file, its keys, its tokens and the browsers it sends back."""

from collections.abc import Callable
from pathlib import Path

from api.identity import Principal
from api.oidc.fetching import Provider
from api.oidc.file import OidcFile, read_oidc_file
from api.oidc.keys import Discovery, Keys
from api.oidc.sign_in import CodeFlow
from api.oidc.tokens import Verifier


class IdentityProvider:
    """Recognises the provider's access tokens; `code_flow` signs browsers in, None where the file has no [sign_in]."""

    def __init__(self, file: OidcFile, provider: Provider, keys: Keys | None = None) -> None:
        discovery = Discovery(file, provider)
        self._verifier = Verifier(file, keys or Keys(_fetching(file, discovery, provider)))
        self.code_flow = None if file.sign_in is None else CodeFlow(file.sign_in, discovery, self._verifier)

    def principal(self, token: str) -> Principal:
        """Who holds this access token; Unauthenticated, or Unavailable when the keys cannot be had."""
        return self._verifier.principal(token)


def identity_provider(path: Path) -> IdentityProvider:
    """The one a file describes; OidcFileInvalid lists all that is wrong with it. Nothing is fetched yet."""
    return IdentityProvider(read_oidc_file(path), Provider())


def _fetching(file: OidcFile, discovery: Discovery, provider: Provider) -> Callable[[], dict[str, object]]:
    return lambda: provider.document(file.jwks_url or discovery.address("jwks_uri"))
