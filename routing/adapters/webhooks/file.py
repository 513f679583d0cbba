"""The webhooks file: who is told what, where, and signed with which secret."""

import re
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from routing.domain.errors import Invalid
from routing.domain.events import EventKind

KINDS = (EventKind.ASSIGNMENT_STARTED, EventKind.ASSIGNMENT_TRANSFERRED, EventKind.ASSIGNMENT_WRAPPED_UP)
ALLOWED = (*KINDS, EventKind.CONVERSATION_ERASED)
SHORTEST_SECRET = 24
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def _https(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password or parts.fragment:
        raise ValueError("an https address without a user, a password or a fragment")
    return url


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("1 to 63 lower-case letters, digits and -")
    return name


class Webhook(BaseModel):
    """One receiver. `allow` names networks that may be reached although they are not public; none by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_named)]
    url: Annotated[str, Field(max_length=2_000), AfterValidator(_https)]
    secret_file: Path
    kinds: Annotated[tuple[EventKind, ...], Field(min_length=1)] = KINDS
    markets: Annotated[frozenset[str], Field(min_length=1)] | None = None
    allow: tuple[IPv4Network | IPv6Network, ...] = ()

    @model_validator(mode="after")
    def _only_what_is_told(self) -> Self:
        if not set(self.kinds) <= set(ALLOWED):
            raise ValueError(f"kinds are {', '.join(ALLOWED)}")
        return self

    def secret(self) -> bytes:
        """What bodies are signed with; Invalid when it is missing or too short to be one."""
        try:
            found = self.secret_file.read_bytes().strip()
        except OSError as error:
            raise Invalid(f"webhook {self.name}.secret_file", str(self.secret_file), "a file to read") from error
        if len(found) < SHORTEST_SECRET:
            raise Invalid(f"webhook {self.name}.secret_file", "its content", f"at least {SHORTEST_SECRET} bytes")
        return found


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    webhook: Annotated[tuple[Webhook, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len({each.name for each in self.webhook}) < len(self.webhook):
            raise ValueError("two webhooks have one name")
        return self


def read_webhooks(path: Path) -> tuple[Webhook, ...]:
    """Every receiver of a file; Invalid names what is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(str(path), type(error).__name__, f"a TOML file: {error}") from error
    try:
        found = _File.model_validate(content).webhook
    except ValidationError as error:
        first: Mapping[str, object] = dict(error.errors()[0])
        location = first["loc"]
        place = ".".join(map(str, location)) if isinstance(location, tuple) else ""
        raise Invalid(f"{path}: {place}", first["type"], str(first["msg"])) from error
    for webhook in found:
        webhook.secret()
    return found
