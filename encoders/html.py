"""The words of a message that came as HTML."""

import re
from html import unescape

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)\b[^<>]*>")
_DECLARATION = re.compile(r"<![^<>]*>")
_KNOWN = frozenset(
    [
        "a",
        "b",
        "i",
        "u",
        "p",
        "br",
        "hr",
        "div",
        "span",
        "html",
        "head",
        "body",
        "title",
        "style",
        "script",
        "table",
        "tbody",
        "tr",
        "td",
        "th",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "font",
        "strong",
        "em",
        "blockquote",
        "pre",
        "img",
        "meta",
        "link",
        "center",
        "small",
        "o",
    ]
)
_BREAKS = frozenset(
    ["p", "br", "hr", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote", "pre", "body"]
)
_UNSEEN = frozenset(["script", "style", "head", "title"])
_ENOUGH_TAGS = 2


def looks_like_html(text: str) -> bool:
    """Whether at least two tags of HTML are in it; `5 < 6` and `<name>` are none."""
    seen = 0
    for match in _TAG.finditer(text):
        seen += match[2].lower() in _KNOWN
        if seen >= _ENOUGH_TAGS:
            return True
    return False


def plain_text(html: str) -> str:
    """The visible words, in lines where a browser would break them; quoted blocks are marked `> `. Linear time."""
    parts: list[str] = []
    html, position, unseen, quoted = _without_comments(html), 0, "", 0
    for match in _TAG.finditer(html):
        if not unseen:
            parts.append(_words(html[position : match.start()]))
        position, name, closes = match.end(), match[2].lower(), bool(match[1])
        if name in _UNSEEN and (not unseen or name == unseen):
            unseen = "" if closes else name
        if name == "blockquote":
            quoted = max(0, quoted - 1) if closes else quoted + 1
        if name in _BREAKS:
            parts.append("\n> " if quoted else "\n")
        elif name in ("td", "th"):
            parts.append(" ")
    return _tidy("".join([*parts, "" if unseen else _words(html[position:])]))


def _words(piece: str) -> str:
    return unescape(_DECLARATION.sub(" ", piece).replace("\r", " ").replace("\n", " "))


def _without_comments(html: str) -> str:
    """A comment that is never closed takes the rest with it, as in a browser."""
    first, *others = html.split("<!--")
    return "".join([first, *(other.partition("-->")[2] for other in others)])


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(lines).strip()
