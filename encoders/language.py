"""Which of the configured languages a message is written in, and which languages a set of examples can speak for."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from encoders.errors import UnknownLanguage
from encoders.segments import count_words, segments

ENGLISH_ONLY = ("en",)
LEAST_EXAMPLES = 50
"""From this many held-out examples on a language counts as evaluated: 90 % accuracy is then known to about 8 points."""
SURE = 0.8
_MINIMUM_LETTERS = 3
_WORDS_TO_STAND_ALONE = 5
_MOST_EXAMPLES_READ = 5_000
_PROBE = "atern"
"""Any five letters: the detector loads what it knows of runs of one letter, of two, ... when first asked for them."""


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639-1 code and how sure the detector is, 0 to 1; 0 means the default was assumed.

    `others` are further languages in which whole clauses of the text are written.
    """

    code: str
    confidence: float
    others: tuple[str, ...] = ()


class LanguageDetector:
    """Tells the configured languages apart; the first one is assumed where a text does not decide.

    One language alone costs nothing. For more, about 30 MB and 0.4 processor seconds a language are spent when the
    detector is made; a process spends them once, however many detectors it makes.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        """`languages`: ISO 639-1 codes, at least one. Raises `UnknownLanguage` for one that is not known."""
        if not languages:
            raise ValueError("languages: at least one ISO 639-1 code is needed, for example 'en'")
        self.languages = tuple(dict.fromkeys(code.strip().lower() for code in languages))
        self._detector = _build(self.languages)

    def detect(self, text: str) -> Language:
        """The most likely configured language of `text`; one language alone needs no evidence."""
        found = self._alone(text)
        if self._detector is None or count_words(text) < 2 * _WORDS_TO_STAND_ALONE:
            return found
        return self._mixed(text, found)

    def _alone(self, text: str) -> Language:
        if self._detector is None:
            return Language(self.languages[0], 1.0)
        if sum(char.isalpha() for char in text) < _MINIMUM_LETTERS:
            return Language(self.languages[0], 0.0)
        ranked = self._detector.compute_language_confidence_values(text)
        if len({value.value for value in ranked}) == 1:
            return Language(self.languages[0], 0.0)
        best = ranked[0]
        return Language(best.language.iso_code_639_1.name.lower(), float(best.value))

    def _mixed(self, text: str, main: Language) -> Language:
        """Clauses long enough to be sure of are asked one by one; the language of most words leads."""
        words: Counter[str] = Counter()
        for clause in (segment.text for segment in segments(text)):
            found = self._alone(clause) if count_words(clause) >= _WORDS_TO_STAND_ALONE else None
            if found is not None and found.confidence >= SURE:
                words[found.code] += count_words(clause)
        if len(words) < 2:
            return main
        code = main.code if main.confidence >= SURE else words.most_common(1)[0][0]
        return Language(code, max(main.confidence, SURE), tuple(sorted(words.keys() - {code})))


def evaluated_languages(
    texts: Sequence[str], configured: Sequence[str] = ENGLISH_ONLY, least: int = LEAST_EXAMPLES
) -> tuple[str, ...]:
    """The configured languages, in their order, in which at least `least` of the held-out `texts` are surely written.

    The first configured language where none reaches that. Of very many texts an even selection of 5,000 is read, and
    counted for all of them. With one configured language no text is read at all.
    """
    languages = tuple(dict.fromkeys(code.strip().lower() for code in configured)) or ENGLISH_ONLY
    if len(languages) == 1:
        return languages
    step = max(1, -(-len(texts) // _MOST_EXAMPLES_READ))
    detector = LanguageDetector(languages)
    found = (detector.detect(text) for text in texts[::step])
    rows = Counter(language.code for language in found if language.confidence >= SURE)
    return tuple(code for code in languages if rows[code] * step >= least) or languages[:1]


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
    _warm(chosen)
    return LanguageDetectorBuilder.from_iso_codes_639_1(*chosen).build()


def _warm(chosen: Sequence[Any]) -> None:
    """Load what is known of the languages in small steps.

    Loading holds the interpreter's lock: all at once it would stop every other thread, the event loop's among them, for
    seconds; in these steps for 0.4 processor seconds at most.
    """
    from lingua import LanguageDetectorBuilder

    for pair in pairwise(chosen):
        detector = LanguageDetectorBuilder.from_iso_codes_639_1(*pair).build()
        for letters in range(1, len(_PROBE) + 1):
            detector.compute_language_confidence_values(_PROBE[:letters])
            time.sleep(0)
