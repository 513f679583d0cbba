from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encoders.errors import DataFileError
from encoders.table import MAX_LINE_BYTES, Row, Unreadable, clip, read_rows
from encoders.training import Example, read_examples

GOOD = Example("I lost my card", "lost_card")


def _file(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _csv(folder: Path, *rows: bytes | str) -> Path:
    lines = [row if isinstance(row, bytes) else row.encode() for row in ("text,category", *rows)]
    return _file(folder, "data.csv", b"\n".join(lines) + b"\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",lost_card", "text is empty"),
        ("   ,lost_card", "text is empty"),
        ("hello,", "label is missing"),
        ("hello", "label is missing"),
        ("hello,nonsense", "not an issue type"),
        ("a,b,c", "3 values for 2 columns"),
        ("he\x00llo,lost_card", "NUL"),
        (b"caf\xe9,lost_card", "not valid UTF-8"),
        ("x" * 20_001 + ",lost_card", "too long"),
        ('"never closed,lost_card', "never closed"),
        ("hello,bad\tlabel", "printable"),
        (b"x" * (MAX_LINE_BYTES + 5), "longer than"),
    ],
)
def test_a_bad_row_is_rejected_with_place_and_reason_and_the_good_ones_are_used(
    tmp_path: Path, row: bytes | str, reason: str
) -> None:
    path = _csv(tmp_path, "I lost my card,lost_card", row, "I lost my card,lost_card")
    allowed = None if "label" in reason and "printable" in reason else frozenset({"lost_card"})
    result = read_examples(path, allowed)
    assert result.examples == (GOOD, GOOD)
    (reject,) = result.rejects
    assert (reject.file, reject.line) == ("data.csv", 3)
    assert reason in reject.reason
    assert len(reject.value) <= 80


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[1, 2]", "not a JSON object"),
        ('{"category": "lost_card"}', "text is missing"),
        ('{"text": 5, "category": "lost_card"}', "text is not a string"),
        ('{"text": "hi", "category": 7}', "label is not a string"),
        ('{"text": "hi"}', "label is missing"),
        (b'{"text": "\xff", "category": "lost_card"}', "not valid UTF-8"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_a_bad_json_line_is_rejected_and_the_good_ones_are_used(tmp_path: Path, line: bytes | str, reason: str) -> None:
    good = b'{"text": "I lost my card", "issue_type": "lost_card"}'
    bad = line if isinstance(line, bytes) else line.encode()
    result = read_examples(_file(tmp_path, "data.jsonl", b"\n".join([good, bad, b"", good])))
    assert result.examples == (GOOD, GOOD)
    assert [reject.line for reject in result.rejects] == [2]
    assert reason in result.rejects[0].reason


def test_a_byte_order_mark_and_windows_line_ends_are_no_obstacle(tmp_path: Path) -> None:
    path = _file(tmp_path, "data.csv", b"\xef\xbb\xbftext,category\r\nI lost my card,lost_card\r\n")
    assert read_examples(path).examples == (GOOD,)


def test_quoted_values_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = _csv(tmp_path, '"one, ""two""\nthree",lost_card', "four,lost_card", "it's 5\" wide,lost_card")
    assert [example.text for example in read_examples(path).examples] == ['one, "two"\nthree', "four", "it's 5\" wide"]


def test_line_numbers_stay_right_after_a_row_of_several_lines(tmp_path: Path) -> None:
    path = _csv(tmp_path, '"one\ntwo",lost_card', ",lost_card")
    assert [reject.line for reject in read_examples(path).rejects] == [4]


def test_a_folder_is_read_file_by_file_in_order(tmp_path: Path) -> None:
    _file(tmp_path, "b.csv", "text,category\nsecond,x\n")
    _file(tmp_path, "a.jsonl", '{"text": "first", "category": "x"}\n')
    _file(tmp_path, "notes.txt", "not read")
    assert [example.text for example in read_examples(tmp_path).examples] == ["first", "second"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("data.csv", "message,topic\nhi,x\n", "no column 'text'; it has: message, topic"),
        ("data.csv", "text,topic\nhi,x\n", "no column 'category' or 'issue_type'"),
        ("data.csv", "", "is empty"),
        ("data.csv", b"\xef\xbb\xbf", "is empty"),
        ("data.csv", "text,category\n", "holds no rows"),
        ("data.jsonl", "\n\n", "holds no rows"),
        ("data.csv", "text;category\nhi;x\n", "semicolons; save the file with commas"),
        ("data.csv", "text\tcategory\nhi\tx\n", "separated by tabs"),
        ("data.csv", "text,category\n".encode("utf-16-le"), "UTF-16"),
        ("data.jsonl", '[{"text": "hi", "category": "x"}]', "one JSON array"),
        ("data.jsonl", '[\n{"text": "hi", "category": "x"}\n]', "one JSON array"),
        ("data.json", "{}", "one object a line"),
        ("data.csv.gz", b"\x1f\x8b\x08", "is compressed; unpack"),
        ("data.csv", b"\x1f\x8b\x08", "gzip-compressed; unpack"),
        ("data.csv", b"PK\x03\x04rest", "zip archive"),
        ("data.csv", "text,category\n".encode("utf-16"), "UTF-16"),
        ("data.xlsx", "x", r"use \.csv or \.jsonl"),
    ],
)
def test_a_file_of_no_use_is_refused_by_name(tmp_path: Path, name: str, content: bytes | str, why: str) -> None:
    with pytest.raises(DataFileError, match=rf"{name}.*{why}"):
        read_examples(_file(tmp_path, name, content))


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="no such file"):
        read_examples(tmp_path / "none.csv")
    with pytest.raises(DataFileError, match="holds no"):
        read_examples(tmp_path)


def test_other_columns_can_be_named(tmp_path: Path) -> None:
    path = _file(tmp_path, "data.csv", "msg,topic,more\nI lost my card,lost_card,1\n")
    assert read_examples(path, text_column="msg", label_column="topic").examples == (GOOD,)


def test_copies_with_different_labels_are_reported_without_repeating_the_message(tmp_path: Path) -> None:
    result = read_examples(_csv(tmp_path, "Secret words,a", "secret  WORDS,b", "other,a"))
    assert len(result.examples) == 3
    (warning,) = result.warnings
    assert warning.startswith("1 message carries several labels (every copy is used as it is labelled)")
    assert "data.csv:2 a" in warning
    assert "data.csv:3 b" in warning
    assert "ecret" not in warning


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_and_no_row_is_used_twice(tmp_path: Path, noise: bytes) -> None:
    for name, start in (("x.csv", b"text,category\n"), ("x.jsonl", b"{}\n")):
        rows = list(read_rows(_file(tmp_path, name, start + noise), "text"))
        lines = [row.line for row in rows]
        assert lines == sorted(set(lines))
        assert all(isinstance(row, Row | Unreadable) for row in rows)


def test_quotes_never_closed_cost_their_own_rows_only(tmp_path: Path) -> None:
    rows = [f'"open {n},x' for n in range(300)]
    result = read_examples(_csv(tmp_path, *rows, "I lost my card,lost_card"))
    assert result.examples[-1] == GOOD
    assert len(result.rejects) + len(result.examples) == 301


def test_clipped_values_are_short_and_printable() -> None:
    assert clip("a\x1b[31m" + "b" * 100).isprintable()
    assert len(clip("b" * 100)) == 80


def test_copies_are_counted_with_those_in_other_files_and_all_are_used(tmp_path: Path) -> None:
    _file(tmp_path, "a.csv", "text,category\nfirst,x\nother,x\nFIRST ,x\n")
    _file(tmp_path, "b.csv", "text,category\nother,x\n")
    result = read_examples(tmp_path)
    assert len(result.examples) == 4
    (warning,) = result.warnings
    assert warning.startswith("2 rows repeat a message that is there already, 1 of them in more than one file")
    assert "a.csv:2, a.csv:4; a.csv:3, b.csv:2" in warning


def test_a_flood_of_messages_alike_but_for_numbers_is_reported(tmp_path: Path) -> None:
    rows = [f"Your order no. {number} has shipped!,noise" for number in range(25)]
    (warning,) = read_examples(_csv(tmp_path, *rows, "I lost my card,lost_card")).warnings
    assert warning.startswith("25 messages differ in numbers or punctuation only")
    assert "data.csv:2 noise" in warning


def test_what_is_known_of_a_message_beside_its_text_is_kept_for_slices(tmp_path: Path) -> None:
    path = _file(tmp_path, "data.csv", "text,category,market,colour\none,x,ie,red\n,x,gb,red\ntwo,x,,red\n")
    assert read_examples(path).slices == {"market": ("ie", "")}


def test_a_folder_is_no_file_of_messages(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="is a folder, not a file"):
        next(iter(read_rows(tmp_path, "text")))
