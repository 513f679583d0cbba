"""Use cases that open a transaction each, in one that is open already: all of it lasts, or none."""

from types import TracebackType
from typing import Any, Self, cast

from routing.domain.errors import StaleState
from routing.ports import Store, UnitOfWork


class Joined(Store):
    """Hands out one open transaction to whoever asks for one; it lasts once whoever opened it commits it.

    Once a part of it broke off, all that is asked of it is refused by StaleState: what that part wrote is in it still,
    so that the whole has to be tried again.
    """

    def __init__(self, store: Store, uow: UnitOfWork) -> None:
        self._store, self._uow = store, uow
        self.broken = False

    def transaction(self) -> UnitOfWork:
        """A part of the one transaction."""
        if self.broken:
            raise StaleState("transaction", "of this request")
        return cast(UnitOfWork, _Part(self, self._uow))

    def reading(self) -> UnitOfWork:
        """The same: what was written in it is seen."""
        return self.transaction()

    def scrub(self) -> bool:
        """As the store itself."""
        return self._store.scrub()


class _Part:
    """What a use case takes for its own transaction."""

    def __init__(self, joined: Joined, uow: UnitOfWork) -> None:
        self._joined, self._uow = joined, uow

    def __getattr__(self, port: str) -> Any:
        return getattr(self._uow, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._joined.broken |= error is not None

    def commit(self) -> None:
        """Left to whoever opened the one transaction."""
