"""A seal says nothing of its fact without the salt, and binds every fact before it."""

from builders import make_event

from routing.domain.audit import content_digest, next_seal


def test_without_its_salt_nobody_can_tell_a_fact_by_its_seal() -> None:
    fact = make_event(seq=1)
    one, other = (content_digest(fact, salt * 16) for salt in (b"a", b"b"))
    assert one != other
    assert content_digest(fact, b"a" * 16) == one


def test_one_fact_rewritten_with_its_own_seal_no_longer_fits_the_seal_behind_it() -> None:
    salt, behind = b"a" * 16, make_event(seq=2)
    true, false = (next_seal(None, make_event(seq=1, actor=actor), salt) for actor in ("mona", "mick"))
    assert next_seal(true, behind, salt).chained != next_seal(false, behind, salt).chained
