"""Issue types from a file of names and descriptions, and what is said of one that cannot be used."""

from pathlib import Path

import pytest

from encoders.errors import DataFileError
from encoders.training import TypeDescription, read_descriptions


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("types.json", '["card_lost", "Top up"]'),
        ("types.json", '{"card_lost": "card_lost", "Top up": {"name": "Top up"}}'),
        ("types.jsonl", '{"name": "card_lost"}\n{"name": "Top up"}\n'),
        ("types.csv", "name\ncard_lost\nTop up\n"),
    ],
)
def test_names_alone_are_enough_in_every_form(tmp_path: Path, name: str, text: str) -> None:
    assert read_descriptions(written(tmp_path, name, text)) == {
        "card_lost": TypeDescription("card_lost"),
        "Top up": TypeDescription("Top up"),
    }


def test_a_key_and_a_description_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "types.csv", "key,name,description\na,Lost card,The card is gone.\nb,Top up,\n")
    assert read_descriptions(path) == {
        "a": TypeDescription("Lost card", "The card is gone."),
        "b": TypeDescription("Top up", ""),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"name": ""}, {"name": "x"}]', "entry 1: name is ''; a text with a letter or a digit is needed"),
        ('["a", 7]', "entry 2: name is '7'; a text with a letter or a digit is needed"),
        ('["a", "a"]', "entry 2: issue type 'a' is described twice"),
        ('["a"]', "describes 1 issue types; at least two are needed"),
        ("7", "is neither a list of issue types nor an object of them"),
        ("[", "is not readable as JSON"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataFileError, match=r"types\.json") as caught:
        read_descriptions(written(tmp_path, "types.json", text))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"nowhere\.json: no such file"):
        read_descriptions(tmp_path / "nowhere.json")
