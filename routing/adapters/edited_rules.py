"""The policy file and the pack's files, with the edits over them that this process goes by."""

from collections.abc import Iterator, Mapping, Sequence

from routing.adapters.pack import PackFolder
from routing.adapters.pack.errors import shown
from routing.adapters.pack.overlay import EDITABLE, Overlay, entries_in, families_in
from routing.adapters.policy_file import PolicyFile, values_of
from routing.domain.edit import ADDED, JOINED, REMOVED, Edit, EditFault, EditSubject, Values

MOST_NAMED = 5


class EditedRules:
    """ports.Books over the files of one process."""

    def __init__(self, packs: PackFolder, policies: PolicyFile) -> None:
        self._packs, self._policies = packs, policies
        self._laid: dict[EditSubject, Edit | None] = dict.fromkeys(EditSubject)

    def base(self, subject: EditSubject) -> Values:
        """What the files say."""
        if subject is EditSubject.POLICY:
            return values_of(self._policies.written)
        return entries_in(self._packs.reading(), subject)

    def faults(self, subject: EditSubject, content: Values) -> list[EditFault]:
        """Everything that is wrong with this content."""
        if subject is EditSubject.POLICY:
            return self._faults_of_policy(content)
        strange = _strange(subject, content)
        if subject is EditSubject.TAXONOMY:
            strange += _nowhere(content, families_in(self._packs.reading()))
        if strange:
            return strange
        found = self._packs.faults(self._overlay({**self._contents(), subject: content}))
        return [EditFault(f"{each.file}: {each.path}", each.value, each.allowed) for each in found]

    def _faults_of_policy(self, content: Values) -> list[EditFault]:
        from optimizer.errors import ParametersInvalid

        try:
            self._policies.edited(content)
        except ParametersInvalid as broken:
            return [
                EditFault(each.path, str(each.value), each.allowed.removeprefix("allowed is "))
                for each in broken.faults
            ]
        return []

    def lay(self, edits: Mapping[EditSubject, Edit | None]) -> bool:
        """Go by these from now on."""
        if dict(edits) == self._laid:
            return False
        before, self._laid = self._laid, dict(edits)
        contents, changed = self._contents(), False
        if before[EditSubject.POLICY] != edits[EditSubject.POLICY]:
            changed = self._policies.lay(contents[EditSubject.POLICY])
        if any(before[each] != edits[each] for each in EDITABLE):
            changed = self._packs.lay(self._overlay(contents)) or changed
        return changed

    @property
    def health(self) -> str:
        """How the pack fares: "ok", or what is wrong with the changed files, or what of the edits does not fit them."""
        if wrong := self._packs.problems:
            return f"ok; the changed pack has {len(wrong)} errors, the last good one serves (run `pointsman check`)"
        if self._packs.misfits:
            return (
                f"ok; the edits have {len(self._packs.misfits)} errors over the pack's files, which serve without them"
            )
        idle = ", ".join(self._packs.idle[:MOST_NAMED])
        return f"ok; edits left aside, for the files no longer have {idle}" if idle else "ok"

    def _contents(self) -> dict[EditSubject, Values]:
        return {subject: edit.content if edit else {} for subject, edit in self._laid.items()}

    def _overlay(self, contents: Mapping[EditSubject, Values]) -> Overlay:
        return Overlay({subject: contents[subject] for subject in EDITABLE})


def _nowhere(content: Values, families: Sequence[str]) -> Iterator[EditFault]:
    """Families that an issue type is to move to and that no file has."""
    for key, fields in content.items():
        if "family" in fields and fields["family"] not in families:
            yield EditFault(f"{key}.family", shown(fields["family"]), "one of " + ", ".join(families))


def _strange(subject: EditSubject, content: Values) -> list[EditFault]:
    """Fields that cannot be edited, whatever they say."""
    known = {*EDITABLE[subject], *((ADDED, REMOVED) if subject in JOINED else ())}
    return [
        EditFault(f"{key}.{name}", shown(value), f"one of {', '.join(EDITABLE[subject])}")
        for key, fields in content.items()
        for name, value in fields.items()
        if name not in known
    ]
