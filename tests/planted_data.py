"""Personal data of every kind, planted in messages, and the search for it wherever an installation writes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

CANARY = "zanzibarite"
"""An innocent word of every planted message: where even that is not found, the search proves nothing."""


@dataclass(frozen=True, slots=True)
class Planted:
    """How a kind is said in a message, and what must be found nowhere."""

    said: str
    needles: tuple[str, ...]


PLANTED: Mapping[str, Planted] = {
    "card": Planted("my card 4929 7318 2245 1690 is gone", ("4929 7318 2245 1690", "4929731822451690", "7318 2245")),
    "hidden card": Planted("card 4\u200b9\u200b2\u200b9731822451690", ("4929731822451690", "9731822451690")),
    "iban": Planted(
        "pay GB33 BUKB 2020 1555 5555 55 please", ("BUKB 2020 1555", "GB33BUKB20201555555555", "2020 1555")
    ),
    "phone": Planted("call me on +44 7911 864213", ("+44 7911 864213", "447911864213", "7911 864213", "864213")),
    "email": Planted("write to quillfeather.z@mailbox.example.org", ("quillfeather", "mailbox.example")),
    "account": Planted("account number 58617293, sort code 48-61-72", ("58617293", "48-61-72", "486172")),
    "national id": Planted("NI number AB 61 72 83 C", ("AB 61 72 83 C", "AB617283C", "61 72 83")),
    "birth date": Planted("I was born on 17/11/1953", ("17/11/1953", "17111953")),
    "secret": Planted("my passcode is 73914628", ("73914628",)),
    "password": Planted("my password is Quagmire-91!", ("Quagmire-91",)),
    "address": Planted("I moved to 87 Wolverstone Road, Leeds LS6 2AB", ("Wolverstone", "LS6 2AB")),
    "name": Planted("my name is Zebediah Thistlewood", ("Zebediah", "Thistlewood")),
}


def message(kind: str, tail: str = "card_lost") -> str:
    """What a customer writes, the planted data in it."""
    return f"Hello, {CANARY}. {PLANTED[kind].said}. Thanks {tail}"


def found(places: Iterable[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """(place, what of the planted data was found there), in any of the ways in which text is written to files."""
    return [
        (place, needle)
        for place, content in places
        for planted in PLANTED.values()
        for needle in planted.needles
        if any(form in content for form in _forms(needle))
    ]


def _forms(needle: str) -> set[bytes]:
    return {needle.encode(), needle.encode("utf-16-le"), json.dumps(needle)[1:-1].encode(), needle.upper().encode()}


def in_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Raw bytes of all files."""
    yield from ((str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def in_tables(engine: sa.Engine) -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table that is there, known to the code or not."""
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                yield from ((f"{table.name}.{name}", _bytes(value)) for name, value in row.items())


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
