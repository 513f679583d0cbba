"""The form of a what-if question: its fields read into a question, each wrong one named as the page calls it."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from api.console.sentences import refusal
from api.console.speech import _, marked
from routing.domain.errors import Invalid
from routing.domain.what_if import ANY_SKILL, Absence, Change, OtherPolicy, Promotion, Question, Training

Number = TypeVar("Number", int, float)

DEFAULTS = {
    "policy": "",
    "days": "3",
    "absence_cops": "",
    "absence_language": "",
    "absence_skill": str(ANY_SKILL),
    "absence_start": "",
    "absence_minutes": "60",
    "training_cops": "",
    "training_skill": "0",
    "promotion_factor": "",
    "promotion_skill": str(ANY_SKILL),
    "promotion_start": "",
    "promotion_minutes": "60",
    "other_policy": "",
}
_PLACES = {
    "days": marked("Days"),
    "absence_cops": marked("Fewer people: COps"),
    "absence_skill": marked("Fewer people: skill"),
    "absence_start": marked("Fewer people: from"),
    "absence_minutes": marked("Fewer people: for"),
    "training_cops": marked("A skill trained: COps"),
    "training_skill": marked("A skill trained: skill"),
    "promotion_factor": marked("A promotion: times as many customers"),
    "promotion_skill": marked("A promotion: about"),
    "promotion_start": marked("A promotion: from"),
    "promotion_minutes": marked("A promotion: for"),
}
_OF_A_SCENARIO = {
    "absences[": marked("Fewer people: "),
    "training[": marked("A skill trained: "),
    "surges[": marked("A promotion: "),
}


def question_of(form: Mapping[str, str], floor: str) -> Question:
    """What the form asks; Invalid names the field, the value and what is allowed."""
    fields = DEFAULTS | {name: value.strip() for name, value in form.items()}
    changes = tuple(_changes(fields))
    if not changes:
        raise Invalid(
            _("What changes"), _("nothing"), "at least one change: a number of COps, a factor, or another policy"
        )
    return Question(floor, fields["policy"], _whole(fields, "days"), changes)


def _changes(fields: Mapping[str, str]) -> Iterator[Change]:
    """A change counts when its first field is filled in."""
    if fields["absence_cops"]:
        yield Absence(
            fields["absence_start"],
            _number(fields, "absence_minutes"),
            _whole(fields, "absence_cops"),
            _whole(fields, "absence_skill"),
            fields["absence_language"],
        )
    if fields["training_cops"]:
        yield Training(_whole(fields, "training_skill"), _whole(fields, "training_cops"))
    if fields["promotion_factor"]:
        yield Promotion(
            fields["promotion_start"],
            _number(fields, "promotion_minutes"),
            _number(fields, "promotion_factor"),
            _whole(fields, "promotion_skill"),
        )
    if fields["other_policy"] and fields["other_policy"] != fields["policy"]:
        yield OtherPolicy(fields["other_policy"])


def _whole(fields: Mapping[str, str], name: str) -> int:
    return _read(fields, name, int, "a whole number")


def _number(fields: Mapping[str, str], name: str) -> float:
    return _read(fields, name, float, "a number")


def _read(fields: Mapping[str, str], name: str, kind: Callable[[str], Number], allowed: str) -> Number:
    try:
        return kind(fields[name])
    except ValueError:
        raise Invalid(_(_PLACES[name]), fields[name][:60], allowed) from None


def as_the_page_calls_it(error: Invalid) -> str:
    """The sentence of an error, with a scenario's places replaced by those of the form."""
    said = refusal(error)
    for table, title in _OF_A_SCENARIO.items():
        if said.startswith(table):
            field = said.partition("].")[2].replace("family", "skill", 1)
            return f"{_(title)}{field}"
    return said
