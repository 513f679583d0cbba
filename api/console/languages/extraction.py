"""Finds the sentences of the console: marked in its templates, Python and scripts, told by settings and policy."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import extract_from_ast

from api.console.languages.catalogue import OWN_NAME, Entry
from routing.adapters.policy_file import policy_facts
from routing.settings import Settings

CONSOLE = Path(__file__).parent.parent
_IN_SCRIPTS = re.compile(r'\bsay\(\s*("(?:[^"\\]|\\.)*")')
_FORMS = {"_": 1, "gettext": 1, "marked": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
"""How many texts each function takes, before any count."""


def entries(templates: Environment) -> list[Entry]:
    """Every marked sentence once, with the files it stands in, in the order of these."""
    found: dict[tuple[str, str], Entry] = {}
    for place, function, texts in _everywhere(templates):
        entry = _entry(function, texts)
        known = found.setdefault(entry.key, entry)
        places = tuple(dict.fromkeys((*known.places, place)))
        found[entry.key] = Entry(entry.id, known.plural or entry.plural, entry.context, (), places)
    return list(found.values())


def _everywhere(templates: Environment) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    yield "languages", "pgettext", OWN_NAME
    for file in sorted(CONSOLE.glob("templates/*.html")):
        yield from ((f"templates/{file.name}", *each) for each in in_template(templates, file.read_text("utf-8")))
    for file in sorted(CONSOLE.glob("*.py")):
        yield from ((file.name, *each) for each in in_python(file.read_text("utf-8")))
    for place, texts in (("static", in_scripts()), ("settings", settings()), ("policy", policy())):
        yield from ((place, "_", (text,)) for text in texts)


def in_template(templates: Environment, source: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The functions and texts of one template."""
    for _line, function, texts in extract_from_ast(templates.parse(source), tuple(_FORMS)):
        given = texts if isinstance(texts, tuple) else (texts,)
        yield function, tuple(text for text in given if text is not None)


def in_python(source: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The functions and texts of one module; a marked text is written out, never put together."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FORMS:
            texts = _written_out(node.args[: _FORMS[node.func.id]])
            if texts:
                yield node.func.id, texts


def _written_out(arguments: Iterable[ast.expr]) -> tuple[str, ...]:
    values = [each.value for each in arguments if isinstance(each, ast.Constant)]
    return tuple(value for value in values if isinstance(value, str))


def in_scripts() -> list[str]:
    """The texts that the console's scripts show."""
    found = (_IN_SCRIPTS.findall(file.read_text("utf-8")) for file in sorted(CONSOLE.glob("static/*.js")))
    return list(dict.fromkeys(json.loads(text) for texts in found for text in texts))


def settings() -> list[str]:
    """What each setting is, as the settings themselves tell."""
    return list(dict.fromkeys(each.description for each in Settings.model_fields.values() if each.description))


def policy() -> list[str]:
    """What each value of the matching policy means, and in which unit it is."""
    facts = policy_facts()
    return [text for text in dict.fromkeys([fact.meaning for fact in facts] + [fact.unit for fact in facts]) if text]


def _entry(function: str, texts: tuple[str, ...]) -> Entry:
    context, rest = (texts[0], texts[1:]) if function in ("pgettext", "npgettext") else ("", texts)
    return Entry(rest[0], rest[1] if len(rest) > 1 else "", context)
