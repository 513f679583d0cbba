"""Whether a difference is more than chance: an exact paired test, an interval for a share, a tail of chi-square."""

from math import erfc, exp, lgamma, log, sqrt

Z95 = 1.959963984540054


def sign_test(losses: int, wins: int) -> float:
    """One-sided exact McNemar: how likely at least `losses` of the messages that changed are losses, at even odds.

    `losses` were right before and are wrong now, `wins` the other way round; what did not change says nothing.
    """
    changed = losses + wins
    tail = sum(exp(_log_choose(changed, count) - changed * log(2.0)) for count in range(losses, changed + 1))
    return min(1.0, tail)


def chance_of_so_many(count: int, rows: int, share: float) -> float:
    """P(X >= count) for a binomial of `rows` draws at `share`, between 0 and 1 (both excluded)."""
    whole, none = log(share), log(1.0 - share)
    terms = (_log_choose(rows, hits) + hits * whole + (rows - hits) * none for hits in range(count, rows + 1))
    return min(1.0, sum(map(exp, terms)))


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """Wilson's interval for a share (95 %); (0, 1) where nothing was seen."""
    if rows == 0:
        return 0.0, 1.0
    share, squared = hits / rows, Z95 * Z95
    centre = (share + squared / (2 * rows)) / (1 + squared / rows)
    half = Z95 * sqrt(share * (1 - share) / rows + squared / (4 * rows * rows)) / (1 + squared / rows)
    return max(0.0, centre - half), min(1.0, centre + half)


def chi_square_tail(value: float, degrees: float) -> float:
    """P(X >= value) for a chi-square of `degrees` (fractional allowed), by Wilson and Hilferty's cube root."""
    if value <= 0 or degrees <= 0:
        return 1.0
    spread = 2.0 / (9.0 * degrees)
    z = ((value / degrees) ** (1.0 / 3.0) - (1.0 - spread)) / sqrt(spread)
    return 0.5 * erfc(z / sqrt(2.0))


def _log_choose(rows: int, chosen: int) -> float:
    return lgamma(rows + 1) - lgamma(chosen + 1) - lgamma(rows - chosen + 1)
