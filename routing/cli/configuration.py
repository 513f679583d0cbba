"""Settings and the service for commands, with every mistake told in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from routing.cli.fail import fail, fail_with

if TYPE_CHECKING:
    from routing.adapters.models import Progress
    from routing.bootstrap import Service
    from routing.ports import Clock
    from routing.settings import Settings


def settings(**changes: object) -> "Settings":
    """The environment's settings with a command's own options over them; ends the command when they are wrong."""
    from pydantic import ValidationError

    from routing.domain.errors import Invalid
    from routing.settings import Settings

    given = {name: value for name, value in changes.items() if value is not None}
    try:
        found = Settings(**given)  # type: ignore[arg-type]
        _ = found.policy
    except ValidationError as error:
        faults = [f"POINTSMAN_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        fail_with(faults, "the settings are not valid")
    except Invalid as error:
        fail(str(error))
    return found


def service(found: "Settings", clock: "Clock | None" = None, progress: "Progress | None" = None) -> "Service":
    """The whole service; ends the command when a part cannot be had."""
    from routing.bootstrap import build

    with told():
        return build(found, clock, progress)


@contextmanager
def told() -> Iterator[None]:
    """Turn what the service raises on purpose into a message and exit 2."""
    from routing.adapters.pack import PackErrors
    from routing.domain.errors import RoutingError

    try:
        yield
    except PackErrors as error:
        fail_with([str(each) for each in error.errors], "the pack is not valid; `pointsman check` shows the same list")
    except RoutingError as error:
        fail(str(error))
