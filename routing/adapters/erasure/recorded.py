"""Which erasures were asked, in a file outside the database, so that one that is restored can be told."""

from datetime import datetime
from pathlib import Path
from typing import Any

from routing.adapters.appended_lines import append, appended
from routing.domain.erasure import ErasureId, Pseudonym, RecordedErasure
from routing.domain.errors import Invalid, Unavailable


class ErasureRecordFile:
    """ports.ErasureRecords as JSON lines: an erasure's id, the customer's digest, its key's name, and when."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[RecordedErasure]:
        """Oldest first. Invalid for a line that is whole and records nothing; Unavailable where it cannot be read."""
        try:
            read = [_recorded(self.path, number, values) for number, values in appended(self.path)]
        except OSError as error:
            raise Unavailable(f"the record of erasures {self.path} cannot be read: {error.strerror}") from error
        return list({each.id: each for each in read}.values())

    def add(self, recorded: RecordedErasure) -> None:
        """One more, on disk when this returns; nothing where it is there already."""
        if recorded.id in {each.id for each in self.all()}:
            return
        try:
            append(self.path, _plain(recorded))
            self.path.chmod(0o600)
        except OSError as error:
            raise Unavailable(f"the record of erasures {self.path} cannot be written: {error.strerror}") from error


def _plain(recorded: RecordedErasure) -> dict[str, object]:
    customer = recorded.customer
    asked_at = recorded.asked_at.isoformat()
    return {"id": recorded.id, "customer": customer.digest, "key_id": customer.key_id, "asked_at": asked_at}


def _recorded(path: Path, number: int, values: Any) -> RecordedErasure:
    try:
        customer = Pseudonym(str(values["customer"]), str(values["key_id"]))
        return RecordedErasure(ErasureId(str(values["id"])), customer, datetime.fromisoformat(values["asked_at"]))
    except (KeyError, TypeError, ValueError) as error:
        wanted = "id, customer, key_id and asked_at, as an erasure writes"
        raise Invalid(f"{path}, line {number}", str(values)[:200], wanted) from error
