"""Templates to replies, with the headers every page of the console carries."""

from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.console import numerals, sentences, speech, wording
from api.console.languages.catalogue import languages
from api.console.languages.extraction import in_scripts

FOLDER = Path(__file__).parent
PAGE_LANGUAGE = "Pointsman-Language"
"""The header in which a page says its language when it asks for a part of itself."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that a browser sends "Origin: null" with our own forms, and nothing proves they are ours.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def environment() -> Environment:
    """The templates: everything escaped, every missing name an error."""
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.add_extension("jinja2.ext.i18n")
    said = (speech._, speech.ngettext, True, speech.pgettext, speech.npgettext)
    vars(found)["install_gettext_callables"](*said)
    found.filters["plain"] = wording.plain
    found.filters |= {"said": speech._, "within": wording.within, "standing": wording.standing}
    found.filters |= {"number": numerals.number, "whole_date": numerals.whole_date, "drifted": sentences.drifted}
    found.globals |= {"language": speech.language, "languages": languages, "script_words": script_words}
    found.globals["page_language"] = PAGE_LANGUAGE
    return found


def script_words() -> dict[str, str]:
    """What the scripts of a page say in its language; nothing where that is what they say by themselves."""
    words = {text: speech._(text) for text in scripted()}
    return {text: said for text, said in words.items() if said != text}


@cache
def scripted() -> tuple[str, ...]:
    """The texts of the console's scripts, read once."""
    return tuple(in_scripts())


_ENVIRONMENT = environment()


def html(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page or a part of one."""
    content = _ENVIRONMENT.get_template(template).render(**values)
    return HTMLResponse(content, status, headers=HEADERS)
