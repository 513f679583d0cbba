"""A seal outlives what was erased: without its salt it must say nothing of the fact."""

from builders import make_event

from routing.domain.audit import content_digest


def test_without_its_salt_nobody_can_tell_a_fact_by_its_seal() -> None:
    fact = make_event(seq=1)
    one, other = (content_digest(fact, salt * 16) for salt in (b"a", b"b"))
    assert one != other
    assert content_digest(fact, b"a" * 16) == one
