"""Known handle times as columns are the same facts, in whatever order they came."""

from optimizer.fact_table import FactTable, columns_of
from optimizer.snapshot import HandleTimeFact

FACTS = (
    HandleTimeFact("loans", "bob", 2, 6.0, 0.2),
    HandleTimeFact("cards", "cy", 5, 5.5, 0.1),
    HandleTimeFact("cards", "ann", 3, 5.0, 0.3),
)
TYPE_AT, COP_AT = {"cards": 1, "loans": 0}, {"ann": 0, "bob": 1}


def told(facts):
    arrays = columns_of(facts).arrays(TYPE_AT, COP_AT)
    columns = (arrays.issue_type, arrays.cop, arrays.count, arrays.mean_log, arrays.var_log)
    return list(zip(*(each.tolist() for each in columns), strict=True))


def test_facts_come_by_issue_type_and_cop_in_the_indices_of_the_problem():
    expected = [(1, 0, 3.0, 5.0, 0.3), (1, -1, 5.0, 5.5, 0.1), (0, 1, 2.0, 6.0, 0.2)]
    assert told(FACTS) == told(FACTS[::-1]) == told(FactTable(FACTS)) == expected


def test_what_no_issue_type_is_known_for_is_left_out():
    retired = HandleTimeFact("cheques", "ann", 9, 4.0, 0.0)
    assert told((*FACTS, retired)) == told(FACTS)
    assert told(()) == []


def test_columns_of_a_table_are_made_once():
    table = FactTable(FACTS)
    assert columns_of(table) is columns_of(table)
    assert table == FACTS
