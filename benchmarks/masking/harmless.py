"""What looks like personal data and is none: amounts, dates, times, orders, references, versions."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from benchmarks.masking.numbers import digits, iban_like, luhn_digit

_FIRST_DAY = date(2019, 1, 1)
_AMOUNTS = {
    "en": (
        "£{n:,}.{c:02d}",
        "£{n}",
        "{n} pounds",
        "GBP {n}.{c:02d}",
        "€{n:,}.{c:02d}",
        "{n},{c:02d} EUR",
        "${n}.{c:02d}",
    ),
    "es": ("{n},{c:02d} €", "{n} euros", "€{n}", "{n:_},{c:02d} EUR"),
    "de": ("{n},{c:02d} €", "{n} Euro", "{n:_},{c:02d} EUR", "EUR {n}"),
    "fr": ("{n},{c:02d} €", "{n} euros", "{n: },{c:02d} €".replace(": ", ":,"), "{n} EUR"),
}
_DATES = {
    "en": ("%d/%m/%Y", "%d/%m/%y", "%d %B %Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%B %d", "%d %b"),
    "es": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m"),
    "de": ("%d.%m.%Y", "%d.%m.%y", "%d.%m.", "%Y-%m-%d"),
    "fr": ("%d/%m/%Y", "%d.%m.%Y", "%d/%m/%y", "%d/%m"),
}


def amount(language: str, random: Random) -> str:
    """Mostly a few hundred, now and then a million."""
    whole = int(10 ** random.uniform(0.5, 6.5))
    said = random.choice(_AMOUNTS[language]).format(n=whole, c=random.randint(0, 99))
    return said.replace("_", ".")


def day(language: str, random: Random) -> str:
    """A day of the last years."""
    return f"{_FIRST_DAY + timedelta(days=random.randint(0, 2_900)):{random.choice(_DATES[language])}}"


def clock(_language: str, random: Random) -> str:
    """A time of the day."""
    hour, minute, second = random.randint(0, 23), random.randint(0, 59), random.randint(0, 59)
    forms = (
        f"{hour:02d}:{minute:02d}",
        f"{hour}:{minute:02d}:{second:02d}",
        f"{hour:02d}.{minute:02d}",
        f"{hour % 12 + 1}pm",
    )
    return random.choice(forms)


def order(_language: str, random: Random) -> str:
    """An order's or an invoice's number."""
    return random.choice(
        (
            digits(random, 7, "123456789"),
            digits(random, 8, "123456789"),
            f"#{digits(random, 6)}",
            f"45000{digits(random, 5)}",
            f"{digits(random, 3, '123')}-{digits(random, 7)}-{digits(random, 7)}",
            f"ORD-{digits(random, 6)}",
            f"{random.randint(2019, 2026)}-{digits(random, 6)}",
            f"INV/{random.randint(2019, 2026)}/{digits(random, 5)}",
            digits(random, 12, "123456789"),
        )
    )


def reference(_language: str, random: Random) -> str:
    """A bank's or a shop's own reference."""
    return random.choice(
        (
            f"TRX{random.randint(2019, 2026)}{digits(random, 9)}",
            f"RF-{digits(random, 5)}-AA",
            f"FT{digits(random, 5)}XK{digits(random, 1)}M9",
            f"7453{digits(random, 19)}",
            f"{digits(random, 4)}-{digits(random, 4)}-{digits(random, 4)}",
            f"3f{digits(random, 6)}-4f89-11d3-9a0c-0305e8{digits(random, 4)}01",
        )
    )


def sixteen(_language: str, random: Random) -> str:
    """Sixteen digits that fail Luhn's check."""
    body = digits(random, 15, "123456789")
    number = body + str((int(luhn_digit(body)) + random.randint(1, 9)) % 10)
    return random.choice(("", "", " ", "-")).join(number[at : at + 4] for at in range(0, 16, 4))


def version(_language: str, random: Random) -> str:
    """A program's version."""
    major, minor = random.randint(1, 18), random.randint(0, 40)
    return random.choice(
        (
            f"{major}.{minor}.{random.randint(0, 9)}",
            f"v{major}.{minor}",
            f"2024.{major}.{minor}",
            f"{major}.{minor} (build {day('de', random)})",
        )
    )


def tracking(_language: str, random: Random) -> str:
    """A parcel's number."""
    return random.choice(
        (
            f"JD000{digits(random, 13)}",
            f"RR{digits(random, 9)}GB",
            f"1Z999AA1{digits(random, 10)}",
            " ".join(digits(random, 4, "789") for _ in range(3)),
            f"9400 1{digits(random, 3)} {' '.join(digits(random, 4) for _ in range(3))} {digits(random, 2)}",
        )
    )


def error(_language: str, random: Random) -> str:
    """What a screen said."""
    return random.choice(
        (
            f"E{digits(random, 4)}",
            f"0x8007{digits(random, 4)}",
            "HTTP 502",
            f"ERR-{digits(random, 4)}",
            digits(random, 4, "45"),
        )
    )


def percent(_language: str, random: Random) -> str:
    """A share or a rate."""
    return random.choice(
        (f"{random.uniform(0, 30):.2f}%", f"{random.uniform(0, 30):.1f} %", f"{random.uniform(0.5, 2):.4f}")
    )


def count(_language: str, random: Random) -> str:
    """How many."""
    return str(random.randint(2, 400))


HARMLESS: Mapping[str, Callable[[str, Random], str]] = {
    "amount": amount,
    "date": day,
    "time": clock,
    "order": order,
    "reference": reference,
    "ref16": sixteen,
    "iban_like": lambda language, random: iban_like(language, random).text,
    "version": version,
    "tracking": tracking,
    "error": error,
    "percent": percent,
    "count": count,
}
