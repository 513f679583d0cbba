"""Rules of practice: what a COp is to be given to learn exists, and somebody could give it to them."""

from collections.abc import Callable, Iterable, Iterator

from routing.adapters.pack.declared import Declared, Entry
from routing.adapters.pack.errors import PackError
from routing.adapters.pack.schema import FileKind


def practice_names_what_is_there(declared: Declared) -> Iterator[PackError]:
    """What a COp practises is an issue type or a family of the pack."""
    if not declared.knows(FileKind.TAXONOMY):
        return
    known = {key for issue_type in declared.issue_types if (key := issue_type.text("key"))}
    known |= {key for _, key in declared.families}
    for cop in declared.cops:
        for topic in cop.weights("practice"):
            if known and topic not in known:
                yield cop.finding("practice", value=topic, allowed="an issue type or a family of the pack")


def practice_can_be_had(declared: Declared) -> Iterator[PackError]:
    """Of what a COp practises there is something that the rules let them be given for it."""
    if not declared.knows(FileKind.TAXONOMY):
        return
    for cop in declared.cops:
        for topic in cop.weights("practice"):
            meant = _meant(declared, topic)
            missing = _missing(meant, cop) if meant else None
            if missing:
                yield cop.finding("practice", value=topic, allowed=missing)


def _meant(declared: Declared, topic: str) -> list[Entry]:
    named = [each for each in declared.issue_types if each.text("key") == topic]
    return named or [each for each in declared.issue_types if _family(each) == topic]


def _family(issue_type: Entry) -> object:
    family = issue_type.document.data.get("family")
    return family.get("key") if isinstance(family, dict) else None


def _missing(meant: list[Entry], cop: Entry) -> str | None:
    """What would have to be otherwise; None where some of `meant` can be given to the COp."""
    calm = [each for each in meant if each.data.get("fraud") is not True and each.data.get("vulnerable") is not True]
    if not calm:
        return "issue types that are neither fraud nor vulnerable: those are never for practice"
    skilled = [each for each in calm if cop.weights("skills").get(each.text("skill") or "", 0) > 0]
    if not skilled:
        skills = sorted({skill for each in calm if (skill := each.text("skill"))})
        return f"what the COp has some skill for; it takes {' or '.join(skills)}"
    most = cop.weights("learning")
    if all(most.get(each.text("key") or "", 1) == 0 for each in skilled):
        return "what `learning` does not hold at 0"
    return None


PRACTICE_RULES: tuple[Callable[[Declared], Iterable[PackError]], ...] = (
    practice_names_what_is_there,
    practice_can_be_had,
)
