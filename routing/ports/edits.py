"""Where edits of the policy, the roster and the taxonomy are kept, and what they are laid over."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from routing.domain.edit import Edit, EditFault, EditSubject, Values


class Edits(Protocol):
    """Every version of every subject; none is ever changed."""

    def add(self, edit: Edit) -> None:
        """Store the next version; StaleState where that number is taken, or one before it is missing."""
        ...

    def newest(self, subject: EditSubject) -> Edit | None: ...
    def find(self, subject: EditSubject, number: int) -> Edit | None: ...
    def history(self, subject: EditSubject, most: int) -> list[Edit]:
        """The newest versions, the newest first."""
        ...


class Books(Protocol):
    """The files, and the edits over them that this process goes by."""

    def base(self, subject: EditSubject) -> Values:
        """What the files say of everything that can be edited."""
        ...

    def faults(self, subject: EditSubject, content: Values) -> Sequence[EditFault]:
        """Everything that is wrong with the files and this content over them, beside the other subjects' in force."""
        ...

    def lay(self, edits: Mapping[EditSubject, Edit | None]) -> bool:
        """Go by these from now on; True when that changed anything. What does not fit is left out."""
        ...
