"""What a tool asks by REST: with a key, so that it may ask again, and stored with what others ask meanwhile."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from api.gathering import Kind, together
from api.idempotency import Asked, Reply
from api.rest.assignments import FINISHED
from api.rest.conversations import BEGUN
from api.rest.offers import ACCEPTED
from faults.fate import Fate
from routing.services.context import Context

if TYPE_CHECKING:
    from faults.world import Role, World

T = TypeVar("T")
TOOL = "tool"


def gathered(fate: Fate) -> dict[Kind[Any], Kind[Any]]:
    """The kinds of requests that are stored together, each so that fate counts what is."""

    def counted(kind: Kind[Any]) -> Kind[Any]:
        def many(context: Context, wishes: Sequence[Any]) -> Sequence[Reply | None]:
            fate.gathered += len(wishes)
            return kind.many(context, wishes)

        return Kind(kind.one, many)

    return {kind: counted(kind) for kind in (BEGUN, ACCEPTED, FINISHED)}


def asks(world: "World", by: str, key: str, kind: Kind[T], wish: Callable[[Context], T]) -> bool:
    """One request to a process; whoever sends the same key again asks for the same thing."""

    def step(role: "Role") -> None:
        gathering = role.gatherings.of(world.kinds[kind])
        together(gathering, role.context, Asked(TOOL, key), None, lambda context, _: wish(context))

    return world.perform(by, key, step)
