"""What mail programs and manners put around a message, in English, German, French, Spanish, Italian, Portuguese, Dutch
and Polish."""

import re

_LONGEST_NAME = 80
_NAME = r"[^\W\d_][\w.'’-]*"
_SMALL_WORDS = frozenset(
    [
        "de",
        "da",
        "di",
        "du",
        "del",
        "der",
        "den",
        "van",
        "von",
        "la",
        "le",
        "el",
        "of",
        "the",
        "and",
        "und",
        "et",
        "y",
        "e",
        "&",
        "für",
        "für",
    ]
)

_GREETINGS = (
    "hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern"
    "|hallo|sehr geehrte[rsn]?|liebe[rs]?|guten (?:tag|morgen|abend)|servus|grüß gott|moin"
    "|bonjour|bonsoir|madame|monsieur|chère?s?|salut"
    "|hola|buenos d[ií]as|buenas(?: tardes| noches)?|estimad[oa]s?|querid[oa]s?|muy señor(?:es)? m[ií]o"
    "|ciao|buongiorno|buonasera|salve|gentil[ei]|spett(?:abile)?|egregi[oa]"
    "|ol[áa]|bom dia|boa (?:tarde|noite)|prezad[oa]s?|car[oa]s?|exm[oa]s?"
    "|beste|geachte|hoi|goede(?:morgen|middag|navond|ndag)|dag"
    "|dzień dobry|dobry wieczór|witam|cześć|szanown[iay]|drog[ia]"
)
GREETING = re.compile(rf"\W*(?:{_GREETINGS})\b\W*(?P<rest>.*)", re.IGNORECASE)

_CLOSINGS = (
    "(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many)(?: regards| wishes| thanks)|regards|rgds|best|cheers"
    "|all the best"
    "|thanks(?: a lot| so much)?|thank you(?: very much| so much)?|(?:many )?thanks in advance|thank you in advance"
    "|yours(?: sincerely| faithfully| truly)?|sincerely(?: yours)?|respectfully"
    "|mit (?:freundliche[nm]|besten|vielen|herzlichen) gr(?:ü|ue)(?:ß|ss)en?|mit freundlichem gru(?:ß|ss)"
    "|(?:freundliche|viele|liebe|beste|schöne|herzliche)?n? ?gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|mfg|vg|lg|hochachtungsvoll"
    "|(?:vielen |besten |herzlichen )?dank(?:e)?(?: schön)?(?: im voraus)?"
    "|(?:bien )?cordialement|bien à vous|(?:meilleures |sincères |cordiales )?salutations|respectueusement"
    "|merci(?: beaucoup| bien)?(?: d['’]avance| par avance)?|je vous prie d['’]agréer.*"
    "|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente"
    "|(?:muchas )?gracias(?: de antemano| por adelantado)?"
    "|(?:reciban? )?un cordial saludo|cordialmente"
    "|(?:cordiali|distinti|cari|tanti)? ?saluti|un saluto|grazie(?: mille)?(?: in anticipo)?"
    "|atenciosamente|atentamente|(?:com os )?(?:melhores )?cumprimentos|(?:muito )?obrigad[oa]|abraços?|att"
    "|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg|(?:alvast )?bedankt|dank u(?: wel)?"
    "|z poważaniem|(?:serdecznie )?pozdrawiam(?: serdecznie)?|pozdrowienia|z wyrazami szacunku"
    "|(?:z góry )?dzięk(?:uję|i)(?: z góry)?"
)
CLOSING = re.compile(
    rf"\W*(?:{_CLOSINGS})(?:\W+(?:and |und |et |y |e |en |i )?(?:{_CLOSINGS}))?(?P<rest>(?:\W+{_NAME}){{0,4}})\W*",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(r"\W*(?:p\.? ?s\b\.?|post ?scriptum)", re.IGNORECASE)

SENT_FROM = re.compile(
    r"\W*(?:sent (?:from|via|with|using)|get outlook for|(?:von|aus) mein(?:em|er) .{1,40} gesendet"
    r"|gesendet (?:von|mit|aus)"
    r"|envoyé (?:de|depuis|avec|à partir)|télécharger outlook|enviado (?:desde|do|da|com|a partir|con)"
    r"|inviato (?:da|dal|con)"
    r"|verzonden (?:vanaf|met|via|van)|wysłan[eoy] z)\b.{0,80}",
    re.IGNORECASE,
)

_ABOUT_THE_MAIL = (
    r"(?:this|the information (?:contained )?in this|the contents? of this) (?:e-?mail|message|communication)\b.{0,160}"
    r"(?:confidential|intended|privileged)"
    r"|(?:if you are|unless you are) not the intended recipient|confidentiality notice|disclaimer\b"
    r"|please consider the environment|virus-free|(?:registered|authorised) (?:in|and regulated) .{0,80}"
    r"|diese (?:e-?mail|nachricht)\b.{0,160}vertraulich|bitte (?:denken sie an|prüfen sie).{0,60}(?:umwelt|ausdruck)"
    r"|(?:ce|le présent|cet?) (?:message|courriel|courrier|e-?mail)\b.{0,160}confidentiel|pensez à l['’]environnement"
    r"|(?:este|el presente) (?:mensaje|correo|e-?mail)\b.{0,160}confidencial|aviso legal"
    r"|(?:quest[ao]|(?:la|il) presente|le informazioni).{0,60}(?:e-?mail|messaggio|comunicazione)\b.{0,160}"
    r"(?:riservat|confidenzial)"
    r"|(?:esta|este|a presente) (?:mensagem|e-?mail)\b.{0,160}(?:confidencia|destina)"
    r"|(?:dit|deze) (?:bericht|e-?mail)\b.{0,160}(?:vertrouwelijk|bestemd)"
    r"|(?:ta|niniejsza|treść tej) (?:wiadomość|wiadomości)\b.{0,160}poufn"
)
DISCLAIMER = re.compile(rf"\W*(?:{_ABOUT_THE_MAIL})", re.IGNORECASE)
BANNER = re.compile(
    r"\W*(?:\[?external\]?(?: e-?mail| sender)?\W*\Z|caution\W+(?:this )?(?:is an )?external|"
    r"(?:caution|warning)\W+this (?:e-?mail|message) (?:originated|came|is) from outside)",
    re.IGNORECASE,
)

_MARK = r"[-_–—=*]"
_ORIGINAL = (
    "(?:original|reply) message|ursprüngliche nachricht|original-?nachricht|message d['’]origine|message original"
    "|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    "|(?:wiadomość oryginalna|oryginalna wiadomość)"
)
_FORWARDED = (
    "forwarded message|(?:begin )?forwarded message|weitergeleitete nachricht"
    "|(?:anfang der )?weitergeleiteten nachricht"
    "|(?:début du )?message (?:transféré|réexpédié)|(?:inicio del )?mensaje reenviado|(?:inizio )?messaggio inoltrato"
    "|(?:início da )?mensagem (?:encaminhada|reencaminhada)|(?:begin )?doorgestuurd bericht"
    "|(?:początek )?przekazan(?:a|ej) wiadomoś(?:ć|ci)"
)
ORIGINAL = re.compile(rf"\s*{_MARK}{{2,}}\s*(?:{_ORIGINAL})\s*:?\s*{_MARK}*\s*", re.IGNORECASE)
FORWARDED = re.compile(
    rf"\s*(?:{_MARK}{{2,}}\s*(?:{_FORWARDED})\s*:?\s*{_MARK}*|(?:begin|anfang|début|inicio|inizio|início|początek)"
    rf" .{{0,10}}(?:{_FORWARDED})\s*:|begin forwarded message:)\s*",
    re.IGNORECASE,
)
RULE = re.compile(rf"\s*{_MARK}{{5,}}\s*")

ATTRIBUTION_START = re.compile(r"\s*(?:on|am|le|el|il|em|op|w dniu|dnia|a)\b", re.IGNORECASE)
ATTRIBUTION = re.compile(
    r"\s*(?:on\b.{5,240}\bwrote|am\b.{5,200}\bschrieb\b.{0,100}|le\b.{5,240}\ba écrit|el\b.{5,240}\bescribió"
    r"|il\b.{5,240}\bha scritto|(?:em|a)\b.{5,240}\bescreveu|op\b.{5,200}\bschreef\b.{0,100}"
    r"|(?:w dniu|dnia)\b.{5,240}\b(?:pisze|napisał(?:a|\(a\))?))\s*:\s*",
    re.IGNORECASE,
)

_FROM = "from|von|de|da|van|od|expéditeur|remitente|mittente|remetente"
_OTHER = (
    "sent|date|to|cc|bcc|subject|reply-to|importance|gesendet|datum|an|betreff|envoyé(?: le)?|à|objet"
    "|enviad[oa](?: el| em)?|fecha|para|asunto|inviato(?: il)?|data|a|oggetto|assunto|verzonden|aan|onderwerp"
    "|wysłano|wysłane|do|dw|temat"
)
HEADER_FROM = re.compile(rf"[\s>*]*(?:{_FROM})\s?\*?:\*?\s*\S.*", re.IGNORECASE)
HEADER_OTHER = re.compile(rf"[\s>*]*(?:{_OTHER})\s?\*?:\*?(?:\s.*)?", re.IGNORECASE)

_CONTACT = re.compile(
    r"\[(?:PHONE|EMAIL)\]|https?://|www\.|@|\b(?:tel|phone|mobile|mob|fax|telefon|tél|tlf|cell)\b\W", re.IGNORECASE
)


def is_name(words: str) -> bool:
    """At most five words, each of them begun with a capital or one of those that stand in names."""
    found = words.split()
    return len(found) <= 5 and all(_begins_large(word) or word.casefold() in _SMALL_WORDS for word in found)


def is_of_a_signature(line: str) -> bool:
    """A line as signatures have them: a name, a post, an address, a telephone number, a page."""
    words = [word for word in line.split() if any(char.isalpha() for char in word)]
    capitals = sum(_begins_large(word) or word.casefold() in _SMALL_WORDS for word in words)
    return bool(_CONTACT.search(line)) or (
        len(line) <= _LONGEST_NAME and not line.rstrip().endswith("?") and capitals == len(words)
    )


def _begins_large(word: str) -> bool:
    """A capital, also that of a placeholder: names are masked before a message is read."""
    return word.lstrip("[")[:1].isupper()
