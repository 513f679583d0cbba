"""Names that somebody gives as theirs, greets or signs with: no list of names, so all others are not seen."""

import re
from collections.abc import Iterator

from encoders.personal_data.spans import Span

_NO_NAME = (
    r"(?:a|an|and|as|at|but|by|for|from|had|has|have|i|in|is|it|my|no|not|of|on|or|so|that|the|there|this|to|too|was|we"
    r"|what|which|who|why|with|you|your|now|still|also|already|wrong|wrongly|incorrect|misspel\w{1,9}|spel\w{1,9}|missing"
    r"|different|showing|shown|name|being|been|can|could|would|should|please|pls|just|only|never|because|changed|printed"
    r"|written|one|two|first|second|last|same|hers|his|changing|getting|going|speaking|asap|thanks|thank|und|ich|mit|ist|nicht|wohne|geboren|falsch|y|con|est[áa]"
    r"|mal|que|soy|et|née?|je|suis|est|pas|avec|born|here|how|when|where|if)"
)
_WORD = rf"(?!(?i:{_NO_NAME})\b)[A-ZÀ-ÖØ-Þ][\w'’-]{{0,30}}+"
_PARTICLES = r"(?:(?:van|von|de|del|der|den|la|da|dos|di|el|bin|al) ){0,2}"
_FULL = rf"{_WORD}(?: {_PARTICLES}{_WORD}){{0,3}}"
_TITLED = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sr|Sra|Srta|MR|MRS|MS|DR|Mme|Mlle|SRA|MME)\b\.?|Herr|Frau|Monsieur|Madame|Señora?"
    rf"|HERR|FRAU) {_FULL}"
)
_SMALL = rf"(?!(?:{_NO_NAME}|will)\b)[a-zà-ÿ][\w'’]{{1,20}}"
_SMALL_NAME = rf"(?:(?:mrs?|ms|miss|dr|sra?|frau|herr|mme)\b\.? )?{_SMALL}(?: (?:(?:van|von|de|o) )?{_SMALL})?"
_GIVEN = (
    r"(?i:\bmy (?:full |legal |sur)?name(?: is|'s|:)|\bname(?::| is)|\bi am called|\bme llamo|\bmi nombre es"
    r"|\bich hei(?:ß|ss)e|\bmein name ist|\bje m['’]appelle|\bmon nom est)[ \n]{1,2}"
)
_BEING = r"(?i:\bthis is|\bi am|\bi['’]m|\bsoy|\bich bin|\bhier ist|\bje suis)[ \n]"
_BEING_ENDS = r"(?=[ ]?(?:[,.!;\n]|(?:and|y|und|et|here|from|with|con|mit|avec|speaking)\b|\Z))"
_ONE_WORD_WILL_DO = (
    r"(?i:\b(?:soy|je suis) |\b(?:hi|hello|hey|hola|bonjour)[,!. ]{1,2}(?:i['’]m|i am|this is) "
    r"|(?:^|[,;\n] ?|\band )(?:account )?name |\baccount holder(?: is|:)? )"
)
_GREETING = r"(?i:^(?:dear|hi|hello|hey|hallo|hola|bonjour|lieber?|guten tag|estimad[oa]))[ ,]{1,2}"
_NOBODY = (
    r"(?!(?:There|Team|Sirs?|Madam|Support|All|Everyone|Bank|Customer|Service|Help|Chat|Agent|Folks|Guys|Again|Is|Damen|Herren"
    r"|Alle|Equipo|Tous|Monsieur|Madame|Señora?)\b)"
)
_CLOSING = (
    r"(?i:^(?:(?:kind |best |warm |many )?(?:regards|wishes|thanks)|thank you|cheers|sincerely|faithfully|best"
    r"|yours(?: sincerely| faithfully)?|saludos(?: cordiales)?|un saludo|gracias|danke|cordialement|merci|bien à vous"
    r"|(?:viele |mit freundlichen |liebe )?gr(?:ü|u)(?:ß|ss)en?)[ ]?[,.!\-–]?)\n{1,2}"
)
_PATTERNS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"{_GIVEN}({_TITLED}|{_FULL}|{_SMALL_NAME})",
        rf"{_BEING}({_TITLED}|{_WORD}(?: {_PARTICLES}{_WORD}){{1,3}}){_BEING_ENDS}",
        rf"{_ONE_WORD_WILL_DO}({_FULL})(?=[ ]?(?:[,.!;\n]|\Z))",
        rf"{_GREETING}{_NOBODY}({_TITLED}|{_FULL})(?=[ ]?[,.!\n])",
        rf"{_CLOSING}({_TITLED}|{_FULL})(?=[ ,.!]{{0,2}}(?:\n|\Z))",
        rf"{_CLOSING}({_SMALL_NAME})(?=[ ,.!]{{0,2}}(?:\Z|\n[\[+(\d]))",
        rf"(?:^|[,.!\n][ ]?)({_TITLED}|{_WORD}(?: {_PARTICLES}{_WORD}){{1,3}}) here\b",
        rf"(?i:^(?:hi|hello|hey|good (?:morning|afternoon|evening)))[,!. ]{{1,2}}({_WORD}) here\b",
        rf"\b({_TITLED})",
    )
)


def find_names(text: str) -> Iterator[Span]:
    """Behind "my name is", "Dear", "Kind regards" and a title; "I am ..." needs two capitals or a title."""
    found = [match.span(1) for pattern in _PATTERNS for match in pattern.finditer(text)]
    end = 0
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= end:
            yield Span("name", start, stop)
            end = stop
