"""The ways in which people, forms and mail programs write the same number."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it stands in a message; `form` names the way it is written."""

    kind: str
    form: str
    text: str


SEPARATORS = {
    "spaces": " ",
    "plain": "",
    "dashes": "-",
    "dots": ".",
    "no-break spaces": "\u00a0",
    "narrow spaces": "\u202f",
    "en dashes": "–",
    "two spaces": "  ",
}
_FORMS = {
    **dict(zip(SEPARATORS, (36, 24, 11, 3, 4, 2, 2, 3), strict=True)),
    "zero-width between groups": 3,
    "zero-width everywhere": 2,
    "full-width digits": 2,
    "Arabic digits": 1,
    "broken over lines": 4,
    "mixed separators": 3,
}


def grouped(kind: str, groups: Sequence[str], random: Random) -> Written:
    """Groups of letters and digits in one of the forms, the usual ones most often."""
    [form] = random.choices(list(_FORMS), list(_FORMS.values()))
    return Written(kind, form, _in_form(form, groups, random))


def _in_form(form: str, groups: Sequence[str], random: Random) -> str:
    if form in SEPARATORS:
        return SEPARATORS[form].join(groups)
    return {
        "zero-width between groups": random.choice(ZERO_WIDTH).join(groups),
        "zero-width everywhere": random.choice(ZERO_WIDTH).join("".join(groups)),
        "full-width digits": " ".join(groups).translate(FULL_WIDTH),
        "Arabic digits": " ".join(groups).translate(ARABIC),
        "broken over lines": _broken(groups, random),
        "mixed separators": "".join(group + random.choice(" -") for group in groups)[:-1],
    }[form]


def _broken(groups: Sequence[str], random: Random) -> str:
    at = random.randint(1, max(1, len(groups) - 1))
    return "\n".join(" ".join(part) for part in (groups[:at], groups[at:]) if part)
