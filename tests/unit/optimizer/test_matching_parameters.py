"""Parameters refuse what is out of range and say what is allowed."""

import pytest

from optimizer.errors import ParametersInvalid
from optimizer.parameters import MatchingParameters, ranges
from optimizer.policy import read_policy


def test_every_parameter_has_a_range_that_holds_its_default():
    default = MatchingParameters()
    for name, allowed in ranges().items():
        value = getattr(default, name)
        for each in value if isinstance(value, tuple) else (value,):
            assert allowed.low <= each <= allowed.high, name


@pytest.mark.parametrize("name", [name for name in ranges() if name != "priority_weights"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 1e12, "1", None, True])
def test_a_value_out_of_range_is_refused_with_what_is_allowed(name, value):
    with pytest.raises(ParametersInvalid) as refused:
        MatchingParameters(**{name: value})
    assert [fault.path for fault in refused.value.faults] == [name]
    assert f"from {ranges()[name].low:g} to {ranges()[name].high:g}" in str(refused.value)


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (1, 2, 3, 4, 5), (1, 1, 1, 1, 0), [8, 4, 2, 1.5, 1], 3])
def test_priority_weights_are_five_and_never_increase(weights):
    with pytest.raises(ParametersInvalid, match="priority_weights"):
        MatchingParameters(priority_weights=weights)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ParametersInvalid) as refused:
        MatchingParameters.from_mapping({"min_proficiency": 2, "speed": 3, "fraud_factor": 0})
    assert {fault.path for fault in refused.value.faults} == {"min_proficiency", "speed", "fraud_factor"}


def test_parameters_load_from_a_table_of_a_toml_file(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("[matching]\nload_weight_seconds = 12\npriority_weights = [5, 4, 3, 2, 1]\n")
    parameters = read_policy(path).matching
    assert parameters.load_weight_seconds == 12
    assert parameters.priority_weights == (5, 4, 3, 2, 1)


@pytest.mark.parametrize("text", ["[matching", "\xff\xfe"])
def test_a_file_that_is_not_toml_is_named(tmp_path, text):
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ParametersInvalid, match=r"settings\.toml"):
        read_policy(path)
    with pytest.raises(ParametersInvalid, match="nowhere"):
        read_policy(tmp_path / "nowhere.toml")
