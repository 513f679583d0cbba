"""One policy file: read with every fault at once, versioned by its values, compared value by value."""

import pytest

from optimizer.errors import ParametersInvalid
from optimizer.policy import MatchingPolicy, differences, read_policy, rows_of


@pytest.fixture
def write(tmp_path):
    def write(text, name="policy.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_what_is_not_written_keeps_its_default_and_the_same_values_are_the_same_version(write):
    assert read_policy(write("")).version == MatchingPolicy().version
    spelt_out = read_policy(write("[matching]\nprice_weight = 2.4\n[pricing]\nslowdown = 0.3\n"))
    assert spelt_out.version == MatchingPolicy().version
    assert read_policy(write("[matching]\nprice_weight = 3\n")).version != MatchingPolicy().version


def test_a_file_without_tables_holds_weights(write):
    assert read_policy(write("price_weight = 3\n")).matching.price_weight == 3


def test_everything_wrong_with_a_file_is_told_at_once_with_its_table(write):
    with pytest.raises(ParametersInvalid) as refused:
        read_policy(
            write('[matching]\nprice_weight = -1\nspeed = 2\n[pricing]\nstep_prices = [3, 1]\n[other]\nx = "y"\n')
        )
    paths = {fault.path for fault in refused.value.faults}
    assert paths == {"matching.price_weight", "matching.speed", "pricing.step_prices", "other"}


def test_steps_that_get_cheaper_are_refused(write):
    with pytest.raises(ParametersInvalid, match="never decrease"):
        read_policy(write("[pricing]\nstep_prices = [1, 2, 3, 4, 5, 6, 5]\n"))


def test_two_policies_differ_by_the_values_that_differ(write):
    a, b = write("[matching]\nprice_weight = 3\n", "a.toml"), write("[pricing]\nslowdown = 0.5\n", "b.toml")
    changes = differences(read_policy(a), read_policy(b))
    assert [(each.table, each.name, each.before, each.after) for each in changes] == [
        ("matching", "price_weight", 3, 2.4),
        ("pricing", "slowdown", 0.3, 0.5),
    ]
    assert differences(read_policy(a), read_policy(a)) == []


def test_every_row_says_what_it_may_be():
    for row in rows_of(MatchingPolicy()):
        assert row.is_default
        assert row.allowed.meaning
