"""Phone numbers and e-mail addresses as the people of four countries write them."""

from random import Random

from benchmarks.masking.numbers import digits
from benchmarks.masking.people import FIRST, LAST, plain
from benchmarks.masking.written import FULL_WIDTH, ZERO_WIDTH, Written

# A number sign is any digit; in square brackets: one of these.
_HOME = {
    "en": (
        "07[345789]## ######", "07[345789]## ### ###", "07[345789]########", "07[345789]# ### ####",
        "07[345789]##-###-###", "020 [78]### ####", "(020) [78]### ####", "020[78]#######", "0121 496 ####",
        "01[2346]34 ######", "01[2346]34######", "087 [2345]## ####", "(01) [2345]## ####", "085[2345]######",
        "021 [2345]## ####", "+447[345789]########", "+44 7[345789]## ######", "+44 (0)7[345789]## ######",
        "+44 (0)20 [78]### ####", "0044 7[345789]## ######", "+44-7[345789]##-######", "447[345789]########",
        "(+44) 7[345789]## ######", "+353 87 [2345]## ####", "+353 (0)87 [2345]######", "00353 87 [2345]## ####",
    ),
    "es": (
        "6[1234567]# ### ###", "6[1234567]# ## ## ##", "6[1234567]#######", "91 [2345]## ## ##", "91[2345] ### ###",
        "+34 6[1234567]# ### ###", "+346[1234567]#######", "0034 6[1234567]# ### ###", "6[1234567]#-###-###",
        "6[1234567]#.###.###",
    ),
    "de": (
        "0151 [23456]#######", "0151/[23456]#######", "0176[23456]#######", "0172 [23456]### ###",
        "+49 151 [23456]### ####", "+49 (0)151 [23456]#######", "030 [23456]######", "030/[23456]######",
        "(030) [23456]## ## ##", "0049 30 [23456]######", "0221 - [23456]######", "089-[23456]#######",
    ),
    "fr": (
        "0[67] [23456]# ## ## ##", "0[67].[23456]#.##.##.##", "0[67][23456]#######", "01 [45]# ## ## ##",
        "+33 6 [23456]# ## ## ##", "+33 (0)6 [23456]# ## ## ##", "0033 6 [23456]# ## ## ##", "+336[23456]#######",
        "06-[23456]#-##-##-##",
    ),
}  # fmt: skip
_ABROAD = (
    "+1 (415) 555-0199",
    "+1 212 555 0199",
    "+48 601 [23456]## ###",
    "+351 91[2346] ### ###",
    "+39 347 [23456]## ####",
)
_HOSTS = (
    "example.com",
    "mail.example.org",
    "bluepost.co.uk",
    "correo.es",
    "briefe.de",
    "courrier.fr",
    "postkiste.eu",
    "inbox.ie",
)
_AT_AND_DOT = {
    "en": (" at ", " dot "),
    "es": (" arroba ", " punto "),
    "de": (" at ", " punkt "),
    "fr": (" arobase ", " point "),
}
_EMAIL_FORMS = {
    "plain": 66, "capitals": 4, "tagged": 5, "words": 5, "round brackets": 3, "square brackets": 2, "spaced": 4,
    "full-width": 2, "zero-width": 3, "broken over lines": 2, "digits": 4,
}  # fmt: skip


def phone(language: str, random: Random) -> Written:
    """A number of home nine times in ten; sometimes in digits of another script, or with something invisible in it."""
    shape = random.choice(_HOME[language] if random.random() < 0.9 else _ABROAD)
    number = _drawn(shape, random)
    [form] = random.choices(
        ("usual", "full-width", "zero-width", "no-break spaces", "broken over lines"), (88, 2, 3, 4, 3)
    )
    return Written("phone", f"{form}: {_outline(shape)}", _disguised(form, number, random))


def _drawn(shape: str, random: Random) -> str:
    parts, inside = [], None
    for char in shape:
        if char == "[":
            inside = ""
        elif char == "]" and inside is not None:
            parts.append(random.choice(inside))
            inside = None
        elif inside is not None:
            inside += char
        else:
            parts.append(random.choice("0123456789") if char == "#" else char)
    return "".join(parts)


def _outline(shape: str) -> str:
    start, _, rest = shape.partition("[")
    return start + "…" + rest.partition("]")[2]


def _disguised(form: str, number: str, random: Random) -> str:
    match form:
        case "full-width":
            return number.translate(FULL_WIDTH)
        case "zero-width":
            return random.choice(ZERO_WIDTH).join(number)
        case "no-break spaces":
            return number.replace(" ", "\u00a0")
        case "broken over lines":
            return number.replace(" ", "\n", 1)
    return number


def email(language: str, random: Random) -> Written:
    """An address of an invented person."""
    local = plain(random.choice(FIRST)) + random.choice(("", ".", "_", "-")) + plain(random.choice(LAST))
    host = random.choice(_HOSTS)
    [form] = random.choices(list(_EMAIL_FORMS), list(_EMAIL_FORMS.values()))
    return Written("email", form, _address(form, local, host, (language, random)))


def _address(form: str, local: str, host: str, drawn: tuple[str, Random]) -> str:
    language, random = drawn
    at, dot = _AT_AND_DOT[language]
    spaced = random.choice((f"{local} @ {host}", f"{local} @{host}", f"{local}@ {host}"))
    return {
        "plain": f"{local}@{host}",
        "capitals": f"{local}@{host}".upper(),
        "tagged": f"{local}+bank@{host}",
        "digits": f"{local}{digits(random, 3)}@{host}",
        "words": f"{local}{at}{host.replace('.', dot)}",
        "round brackets": f"{local}(at){host.replace('.', '(dot)')}",
        "square brackets": f"{local} [at] {host.replace('.', ' [dot] ')}",
        "spaced": spaced,
        "full-width": f"{local}＠{host}".replace(".", "．"),
        "zero-width": random.choice(ZERO_WIDTH).join(f"{local}@{host}"),
        "broken over lines": f"{local}@\n{host}",
    }[form]
