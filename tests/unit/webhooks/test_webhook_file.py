"""A webhooks file that asks too much is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from webhook_file import NAME, SECRET

from routing.adapters.webhooks.file import KINDS, read_webhooks
from routing.domain.errors import Invalid


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://hooks.example/in"},
        {"url": "https://user:pass@hooks.example/in"},
        {"url": "ftp://hooks.example"},
        {"url": "https:///in"},
        {"name": "../up"},
        {"kinds": ["offer.made"]},
        {"kinds": []},
        {"allow": ["everything"]},
        {"secret": "x"},
    ],
    ids=str,
)
def test_a_webhooks_file_that_asks_too_much_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_webhooks(written(tmp_path, change))


def test_a_secret_that_is_short_or_missing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {})
    assert [each.name for each in read_webhooks(path)] == ["crm"]
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(Invalid, match="secret_file"):
        read_webhooks(path)
    (tmp_path / "secret").unlink()
    with pytest.raises(Invalid, match="secret_file"):
        read_webhooks(path)


def written(tmp_path: Path, change: dict[str, Any]) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    content = {"name": "crm", "url": f"https://{NAME}/in", "secret_file": str(tmp_path / "secret"), **change}
    path = tmp_path / "webhooks.toml"
    path.write_text("[[webhook]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in content.items()))
    return path


def test_every_kind_that_is_told_is_about_assignments() -> None:
    assert {kind.split(".")[0] for kind in KINDS} == {"assignment"}
