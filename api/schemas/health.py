"""Whether the service lives, and whether it is ready."""

from api.schemas.base import Shown


class Alive(Shown):
    """The process answers."""

    status: str = "alive"


class Begun(Shown):
    """`starting`, or `begun` for as long as the process lives."""

    status: str


class Ready(Shown):
    """Each part: `ok`, `ok; ...` (it serves on, and something new was refused), or what is wrong with it.

    Those who may not see the metrics read `ok` or `unavailable`.
    """

    status: str
    parts: dict[str, str]
