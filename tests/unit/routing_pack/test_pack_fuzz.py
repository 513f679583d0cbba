"""Whatever is in the files, checking reports and loading raises nothing but PackErrors."""

import tempfile
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.adapters.pack import PackErrors, check_path, load_pack
from routing.domain.pack import Pack

Files = dict[str, dict[str, Any]]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.sampled_from(["key", "id", "markets", "skills", "languages", "shift", "examples", "[key]", "end"]) | TEXTS
SCALARS = (
    TEXTS
    | st.integers()
    | st.integers(min_value=10**400, max_value=10**401)
    | st.floats()
    | st.booleans()
    | st.dates(date(1, 1, 1))
    | st.builds(time, st.integers(0, 23))
    | st.sampled_from(["en", "gb", "cards", "08:00", "24:00", "Europe/London", "Europe", "../x", "my dog 3"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
NAMES = ["floor.toml", "outside.toml", "taxonomy/cards.toml"]
TABLES = st.sampled_from(["market", "cop", "family", "issue_type", "outside"]) | KEYS


def survives(folder: Path) -> None:
    result = check_path(folder)
    try:
        pack = load_pack(folder)
    except PackErrors as broken:
        assert broken.errors == result.errors != []
        assert all(error.file and error.allowed and len(error.value) <= 60 for error in broken.errors)
    else:
        assert isinstance(pack, Pack)
        assert result.errors == []
    for name in NAMES:
        check_path(folder / name)


@settings(max_examples=100)
@given(st.fixed_dictionaries({name: st.dictionaries(TABLES, VALUES, max_size=3) for name in NAMES}))
def test_any_structure_is_checked_and_never_crashes(write: Callable[..., Path], files: Files) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survives(write(Path(folder), files))


@settings(max_examples=120)
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False), VALUES)
def test_any_value_at_any_place_of_a_good_pack_never_crashes(
    write: Callable[..., Path], good_files: Callable[[], Files], name: str, random: Any, value: object
) -> None:
    files = good_files()
    place: Any = files[name]
    while True:
        step = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[step], dict | list) or not place[step] or random.random() < 0.3:
            break
        place = place[step]
    place[step] = value
    with tempfile.TemporaryDirectory() as folder:
        survives(write(Path(folder), files))


@settings(max_examples=100)
@given(st.sampled_from(NAMES), st.binary(max_size=40) | TEXTS.map(str.encode))
@example("floor.toml", b"a = 1e9999")
@example("floor.toml", b"a = 0x" + b"f" * 5000)
@example("floor.toml", b"a = " + b"9" * 5000)
@example("floor.toml", b"cop = [" + b"9" * 400 + b"]")
def test_any_bytes_never_crash(
    write: Callable[..., Path], good_files: Callable[[], Files], name: str, content: bytes
) -> None:
    with tempfile.TemporaryDirectory() as path:
        folder = write(Path(path), good_files())
        (folder / name).write_bytes(content)
        survives(folder)
