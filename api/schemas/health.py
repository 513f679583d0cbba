"""Whether the service lives, and whether it is ready."""

from api.schemas.base import Shown


class Alive(Shown):
    """The process answers."""

    status: str = "alive"


class Ready(Shown):
    """Each part: `ok`, or what is wrong with it (`unavailable` for those who may not see the metrics)."""

    status: str
    parts: dict[str, str]
