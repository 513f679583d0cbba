"""Edits, in memory."""

from routing.adapters.memory.rows import Tables
from routing.domain.edit import Edit, EditSubject
from routing.domain.errors import StaleState


class MemoryEdits:
    """The twin of `ports.Edits`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.edits

    def add(self, edit: Edit) -> None:
        """The next version; StaleState."""
        newest = self.newest(edit.subject)
        if edit.number != (newest.number if newest else 0) + 1:
            raise StaleState("edit", f"{edit.subject} {edit.number}")
        self._rows.put((edit.subject, edit.number), edit)

    def newest(self, subject: EditSubject) -> Edit | None:
        """The one in force; None before the first."""
        return next(iter(self.history(subject, 1)), None)

    def find(self, subject: EditSubject, number: int) -> Edit | None:
        """One version; None where there is none."""
        return self._rows.get((subject, number))

    def history(self, subject: EditSubject, most: int) -> list[Edit]:
        """Newest first."""
        found = [each for each in self._rows if each.subject is subject]
        return sorted(found, key=lambda each: -each.number)[:most]
