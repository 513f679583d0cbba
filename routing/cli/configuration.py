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


def require_free_port(found: "Settings") -> None:
    """End the command when somebody else listens where it would."""
    from routing.cli.diagnosis import port_finding

    finding = port_finding(found)
    if not finding.ok:
        fail(f"{finding.detail}; {finding.fix}")


@contextmanager
def told() -> Iterator[None]:
    """Turn what a user can mend into a message and exit 2."""
    from sqlalchemy.exc import SQLAlchemyError

    from optimizer.errors import OptimizerError
    from routing.adapters.pack import PackErrors
    from routing.domain.errors import RoutingError

    try:
        yield
    except PackErrors as error:
        fail_with([str(each) for each in error.errors], "the pack is not valid; `pointsman check` shows the same list")
    except (RoutingError, OptimizerError) as error:
        fail(*str(error).splitlines())
    except SQLAlchemyError as error:
        fail(f"the database cannot be used: {str(error).splitlines()[0]}", "`pointsman doctor` looks closer")
    except ModuleNotFoundError as error:
        fail(f"{error.name} is not installed; `pointsman doctor` says what to install")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
