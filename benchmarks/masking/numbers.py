"""Cards, IBANs, accounts and national numbers with right check digits, drawn from a seed."""

from random import Random

from benchmarks.masking.written import Written, grouped

_CARDS = (
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2223", 16),
    ("6011", 16),
    ("34", 15),
    ("37", 15),
    ("36", 14),
    ("6304", 18),
)
_CARD_WEIGHTS = (40, 15, 15, 6, 4, 5, 5, 3, 2)
_CARD_GROUPS = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 18: (4, 4, 4, 4, 2)}
_IBANS = {
    "GB": "aaaannnnnnnnnnnnnn",
    "IE": "aaaannnnnnnnnnnnnn",
    "ES": "nnnnnnnnnnnnnnnnnnnn",
    "DE": "nnnnnnnnnnnnnnnnnn",
    "FR": "nnnnnnnnnncccccccccccnn",
    "NL": "aaaannnnnnnnnn",
    "IT": "annnnnnnnnncccccccccccc",
    "PT": "nnnnnnnnnnnnnnnnnnnnn",
    "PL": "nnnnnnnnnnnnnnnnnnnnnnnn",
    "BE": "nnnnnnnnnnnn",
    "LT": "nnnnnnnnnnnnnnnn",
    "CH": "nnnnncccccccccccc",
}
_HOME = {"en": ("GB", "GB", "GB", "IE"), "es": ("ES",), "de": ("DE",), "fr": ("FR",)}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


def digits(random: Random, count: int, first: str = _DIGITS) -> str:
    """So many digits, the first of them one of `first`."""
    return random.choice(first) + "".join(random.choices(_DIGITS, k=count - 1))


def luhn_digit(body: str) -> str:
    """What makes the number pass Luhn's check."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(body))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def card(_language: str, random: Random) -> Written:
    """A card number, mostly of sixteen digits."""
    [(prefix, size)] = random.choices(_CARDS, _CARD_WEIGHTS)
    body = prefix + "".join(random.choices(_DIGITS, k=size - len(prefix) - 1))
    return grouped("card", _cut(body + luhn_digit(body), _CARD_GROUPS[size]), random)


def iban(language: str, random: Random) -> Written:
    """An account of the customer's own country three times in four."""
    country = random.choice(_HOME[language] if random.random() < 0.75 else tuple(_IBANS))
    number = _iban_of(country, _body(_IBANS[country], random), 98)
    written = grouped("iban", _cut(number, (4,) * 9), random)
    if random.random() < 0.12:
        return Written("iban", f"{written.form}, small letters", written.text.lower())
    return written


def iban_like(_language: str, random: Random) -> Written:
    """Looks like an IBAN, and none can be: a wrong check, no such country, a wrong length."""
    wrong = 98 + random.randint(1, 90)
    number = random.choice(
        (
            _iban_of("DE", _body(_IBANS["DE"], random), wrong),
            _iban_of("FR", _body(_IBANS["FR"], random), wrong),
            _iban_of("XQ", digits(random, 14), 98),
            _iban_of("GB", digits(random, 13), wrong),
            _iban_of("NL", digits(random, 9), wrong),
        )
    )
    return Written("iban_like", "iban_like", random.choice(("", " ")).join(_cut(number, (4,) * 9)))


def _iban_of(country: str, body: str, rest: int) -> str:
    value = int("".join(str(int(char, 36)) for char in body + country) + "00")
    return f"{country}{(rest - value % 97) % 97 or 97:02d}{body}"


def _body(shape: str, random: Random) -> str:
    pools = {"a": _LETTERS, "n": _DIGITS, "c": _DIGITS + _LETTERS[:6]}
    return "".join(random.choice(pools[kind]) for kind in shape)


def _cut(number: str, sizes: tuple[int, ...]) -> list[str]:
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return [part for part in (number[end - size : end] for end, size in zip(ends, sizes, strict=True)) if part]


def account(_language: str, random: Random) -> Written:
    """A British account number."""
    number = digits(random, 8)
    if random.random() < 0.2:
        return Written("account", "two groups", f"{number[:4]} {number[4:]}")
    return Written("account", "plain", number)


def sort_code(_language: str, random: Random) -> Written:
    """A British sort code."""
    separator = random.choices(("-", " ", ""), (60, 25, 15))[0]
    return Written("sort_code", f"with {separator!r}", separator.join(_cut(digits(random, 6), (2, 2, 2))))


def national_id(language: str, random: Random) -> Written:
    """A British national insurance number, a Spanish DNI or NIE, a German tax id."""
    number = {"es": _spanish_id, "de": _german_tax_id}.get(language, _insurance_number)(random)
    return Written("national_id", "small letters" if number.islower() else "usual", number)


def _insurance_number(random: Random) -> str:
    start = random.choice("ABCEHJLMPRSWXY") + random.choice("ABCEHJKLMPRSWXYZ")
    parts = [start, digits(random, 2), digits(random, 2), digits(random, 2), random.choice("ABCD")]
    written = random.choice((" ", "", "")).join(parts)
    return written.lower() if random.random() < 0.2 else written


def _spanish_id(random: Random) -> str:
    if random.random() < 0.4:
        first = random.choice("XYZ")
        number = digits(random, 7)
        return f"{first}{number}{_control(int(str('XYZ'.index(first)) + number))}"
    number = digits(random, 8)
    return number + random.choice(("", "-", " ")) + _control(int(number))


def _control(number: int) -> str:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def _german_tax_id(random: Random) -> str:
    """ISO 7064 mod 11,10; one digit stands twice among the first ten, and one not at all."""
    kept = random.sample(_DIGITS, 9)
    body = [*kept, random.choice(kept)]
    while body[0] == "0":
        random.shuffle(body)
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    number = "".join(body) + str((11 - product) % 10)
    return random.choice(("", " ")).join(_cut(number, (2, 3, 3, 3)))
