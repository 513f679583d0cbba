"""A measurement told draw by draw or fold by fold, that goes on from what an earlier run left."""

from collections.abc import Mapping
from typing import Any, Self

from benchmarks.understanding.measures import Measures, summary


class Continued:
    """Rows, each the measures of several competitors, numbered by the draw or fold they are of."""

    def __init__(self, about: Mapping[str, Any], kind: str) -> None:
        """`about`: what all rows were measured on; `kind`: what their numbers are called."""
        self._about, self._kind = about, kind
        self._rows: dict[int, Mapping[str, Measures]] = {}

    @classmethod
    def of(cls, told: Mapping[str, Any], about: Mapping[str, Any], kind: str) -> Self:
        """With the rows that `told` holds, where they were measured at the same commit."""
        found = cls(about, kind)
        if told.get("commit") == about["commit"] and not about["uncommitted_changes"]:
            names = [name for name, value in told.items() if name not in about and name != kind]
            for place, number in enumerate(told[kind]):
                found.add(number, {name: _row(told[name], place) for name in names})
        return found

    def add(self, number: int, row: Mapping[str, Measures]) -> None:
        """In the place of an earlier row of this number."""
        self._rows[number] = row

    @property
    def told(self) -> dict[str, Any]:
        """Mean, spread and each row's value of every measure."""
        rows = list(self._rows.values())
        competitors = {name: summary([row[name] for row in rows]) for name in rows[0]}
        return {**self._about, self._kind: list(self._rows), **competitors}


def _row(competitor: Mapping[str, Any], place: int) -> dict[str, float]:
    return {measure: values["folds"][place] for measure, values in competitor.items()}
