"""What endpoints are given: the service, the caller, and the key a request may carry."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar, cast

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.auth import Authenticator
from api.gate import Gate
from api.gathering import Gatherings, Kind, Wish, together
from api.idempotency import Asked, Deed, at_once, step_by_step
from api.identity import Caller
from routing.ports import Classifier, ModelFiles
from routing.services.context import Context
from routing.services.erasure import Reach
from routing.settings import Settings

T = TypeVar("T")


class Served(Protocol):
    """What the door needs of a running service."""

    @property
    def context(self) -> Context: ...
    @property
    def classifier(self) -> Classifier: ...
    @property
    def models(self) -> ModelFiles: ...
    @property
    def erasing(self) -> Reach: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def health(self) -> Callable[[], Mapping[str, str]]: ...


def served(request: Request) -> Served:
    """The running service."""
    return cast(Served, request.app.state.service)


async def service(request: Request) -> Served:
    """The running service, without the detour of a thread."""
    return served(request)


async def caller(request: Request) -> Caller:
    """Whom the route's guard let through."""
    return cast(Caller, request.state.caller)


def gate_of(request: Request) -> Gate:
    """The gate of this application."""
    return cast(Gate, request.app.state.gate)


def authenticator_of(request: Request) -> Authenticator:
    """The one that recognises callers of this application."""
    return gate_of(request).authenticator


ServiceDep = Annotated[Served, Depends(service)]
CallerDep = Annotated[Caller, Depends(caller)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="The same request sent again with this key changes nothing and gets the first reply.",
    ),
]


@dataclass(frozen=True, slots=True)
class Call:
    """One request that changes something: who asks, for what, under which key."""

    service: Served
    caller: Caller
    asked: Asked
    gatherings: Gatherings

    @property
    def context(self) -> Context:
        """The ports and rules of the use cases."""
        return self.service.context

    def at_once(self, body: BaseModel | None, deed: Deed) -> Response:
        """Carry the request out in one transaction, with what is kept of it; with a key at most once."""
        return at_once(self.context, self.asked, body, deed)

    def together(self, body: BaseModel | None, kind: Kind[T], wish: Wish[T]) -> Response:
        """As `at_once`, in one transaction with requests of this kind that come at the same time."""
        return together(self.gatherings.of(kind), self.context, self.asked, body, wish)

    def step_by_step(self, body: BaseModel | None, deed: Deed) -> Response:
        """Carry out what one transaction cannot hold; with a key it is replied once."""
        return step_by_step(self.context, self.asked, body, deed)


async def call(request: Request, service: ServiceDep, caller: CallerDep, key: IdempotencyKey = None) -> Call:
    """Gather a call; a key's scope is the principal, the method and the path, in a digest of fixed length."""
    scope = f"{caller.name}\n{request.method}\n{request.url.path}"
    asked = Asked(f"api:{hashlib.sha256(scope.encode()).hexdigest()}", key)
    return Call(service, caller, asked, cast(Gatherings, request.app.state.gatherings))


CallDep = Annotated[Call, Depends(call)]
