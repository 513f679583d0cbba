"""Names, addresses, birthdays and secrets of invented people."""

import unicodedata
from datetime import date, timedelta
from random import Random

from benchmarks.masking.numbers import digits
from benchmarks.masking.written import Written

FIRST = (
    "Maria", "John", "Aoife", "Lucía", "Jürgen", "Chloé", "Priya", "Mohammed", "Siobhán", "Tomasz", "Ana", "William",
    "Grace", "Noah", "Zoë", "Kwame", "Ingrid", "Pablo", "Heike", "Étienne", "Will", "Hope", "Mark",
)  # fmt: skip
LAST = (
    "Smith", "O'Brien", "García", "Müller", "Dubois", "Patel", "Khan", "Nowak", "Walsh", "Fernández", "Schmidt",
    "Lefèvre",    "Jones", "Okafor", "Murphy", "Lindqvist", "Rossi", "Baker", "Young", "MacDonald", "van Dijk",
)  # fmt: skip
_STREETS = (
    "Kestrel Road",
    "Mill Lane",
    "High Street",
    "Orchard Avenue",
    "St John's Terrace",
    "Abbey Close",
    "Quay Street",
)
_TOWNS = (("Leeds", "LS6 2"), ("Bristol", "BS3 1"), ("London", "SW1A 1"), ("Glasgow", "G12 8"), ("Cardiff", "CF10 3"))
_GERMAN_STREETS = ("Lindenstraße", "Hauptstr.", "Am Markt", "Goetheweg", "Schillerplatz")
_BIRTHDAYS = {
    "en": ("%d/%m/%Y", "%d %B %Y", "%d.%m.%Y", "%B %d, %Y", "%d-%m-%y", "%Y-%m-%d", "%d/%m/%y", "%d%m%Y"),
    "es": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"),
    "de": ("%d.%m.%Y", "%d.%m.%y"),
    "fr": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
}


def plain(name: str) -> str:
    """Small letters without accents, as in an address."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


def name(language: str, random: Random) -> Written:
    """A first name, a full name, one with a title; sometimes in small letters or capitals."""
    first, last = random.choice(FIRST), random.choice(LAST)
    form, said = random.choice(
        (
            ("full", f"{first} {last}"),
            ("full", f"{first} {last}"),
            ("first", first),
            ("title", f"{_title(language)} {last}"),
        )
    )
    [case] = random.choices(("usual", "small letters", "capitals"), (75, 18, 7))
    cased = {"usual": said, "small letters": said.lower(), "capitals": said.upper()}[case]
    return Written("name", f"{form}, {case}", cased)


def _title(language: str) -> str:
    return {"en": "Mrs", "es": "Sra.", "de": "Frau", "fr": "Mme"}[language]


def birth_date(language: str, random: Random) -> Written:
    """The birthday of a grown-up."""
    form = random.choice(_BIRTHDAYS[language])
    return Written("birth_date", form, f"{date(1935, 1, 1) + timedelta(days=random.randint(0, 25_000)):{form}}")


def address(language: str, random: Random) -> Written:
    """A British or German postal address."""
    house = str(random.randint(1, 240))
    if language == "de":
        return Written(
            "address", "German", f"{random.choice(_GERMAN_STREETS)} {house}, {digits(random, 5, '123456789')} Köln"
        )
    town, code = random.choice(_TOWNS)
    postcode = code + random.choice("ABDEFGHJLNPQRSTUWXYZ") + random.choice("ABDEFGHJLNPQRSTUWXYZ")
    flat = f"Flat {random.randint(1, 30)}, " if random.random() < 0.3 else ""
    lines = (f"{flat}{house} {random.choice(_STREETS)}", town, postcode)
    return Written("address", "British", random.choice((", ", ", ", "\n")).join(lines))


def pin(_language: str, random: Random) -> Written:
    """Four digits."""
    return Written("secret", "pin", digits(random, 4))


def cvv(_language: str, random: Random) -> Written:
    """The three digits of a card's back."""
    return Written("secret", "cvv", digits(random, 3))


def otp(_language: str, random: Random) -> Written:
    """A passcode for one use."""
    code = digits(random, 6)
    return Written("secret", "otp", code if random.random() < 0.85 else f"{code[:3]} {code[3:]}")


def password(_language: str, random: Random) -> Written:
    """A password with a digit in it."""
    word = random.choice(("Sunny-Day", "hunter", "Rover", "liverpoolFC", "geheim", "Qwerty!"))
    return Written("secret", "password", f"{word}{random.randint(1, 999)}{random.choice(('', '!', '$'))}")
