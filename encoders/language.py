"""Which of the configured languages a message is written in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from encoders.errors import UnknownLanguage

_MINIMUM_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639-1 code and how sure the detector is, 0 to 1; 0 means the default was assumed."""

    code: str
    confidence: float


class LanguageDetector:
    """Tells the configured languages apart; the first one is assumed where a text does not decide."""

    def __init__(self, languages: Sequence[str]) -> None:
        """`languages`: ISO 639-1 codes, at least one. Raises `UnknownLanguage` for one that is not known."""
        if not languages:
            raise ValueError("languages: at least one ISO 639-1 code is needed, for example 'en'")
        self.languages = tuple(dict.fromkeys(code.strip().lower() for code in languages))
        self._detector = _build(self.languages)

    def detect(self, text: str) -> Language:
        """The most likely configured language of `text`; one language alone needs no evidence."""
        if self._detector is None:
            return Language(self.languages[0], 1.0)
        if sum(char.isalpha() for char in text) < _MINIMUM_LETTERS:
            return Language(self.languages[0], 0.0)
        ranked = self._detector.compute_language_confidence_values(text)
        if len({value.value for value in ranked}) == 1:
            return Language(self.languages[0], 0.0)
        best = ranked[0]
        return Language(best.language.iso_code_639_1.name.lower(), float(best.value))


def _build(codes: Sequence[str]) -> Any:
    from lingua import IsoCode639_1, LanguageDetectorBuilder
    from lingua import Language as Lingua

    known = {language.iso_code_639_1.name.lower(): language.iso_code_639_1 for language in Lingua.all()}
    for code in codes:
        if code not in known:
            raise UnknownLanguage(code, sorted(known))
    if len(codes) == 1:
        return None
    chosen: list[IsoCode639_1] = [known[code] for code in codes]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*chosen).with_low_accuracy_mode().build()
