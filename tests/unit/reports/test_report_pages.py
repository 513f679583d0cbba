"""The frame of every report: it escapes, allows its own style alone, and draws round times and values."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from reports import Layout, layout, write_whole
from reports.charts import Span, intervals, over_the_day


@pytest.fixture
def page(tmp_path: Path) -> Layout:
    (tmp_path / "page.html").write_text(
        '{% extends "report.html" %}{% block title %}T{% endblock %}{% block content %}{{ said }}{% endblock %}'
    )
    (tmp_path / "page.css").write_text("b { color: red; }")
    return layout(tmp_path, {}, {})


def test_a_page_escapes_what_it_is_given_and_allows_its_own_style_alone(page: Layout) -> None:
    found = page.render(said="<script>alert(1)</script>")
    assert "<script" not in found
    [style] = re.findall(r"<style>(.*?)</style>", found, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;" in found
    assert style.endswith("b { color: red; }")


def test_a_name_that_is_not_given_is_an_error(page: Layout) -> None:
    with pytest.raises(UndefinedError):
        page.render()


def test_a_file_that_cannot_be_written_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text("older")
    with pytest.raises(TypeError):
        write_whole(path, None)  # type: ignore[arg-type]
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_the_day_is_marked_at_round_times() -> None:
    drawn = over_the_day([[(9.25 * 3600, 1.0), (16.75 * 3600, 3.0)]], lambda value: f"{value:g}", "a day")
    times = re.findall(r">(\d\d:\d\d)<", drawn)
    assert times == ["10:00", "12:00", "14:00", "16:00"]


def test_a_day_of_one_point_and_one_without_any_are_drawn() -> None:
    assert "<polyline" in over_the_day([[(3600.0, 0.0)]], str, "one")
    assert "<svg" in over_the_day([], str, "none")


def test_a_dot_is_filled_where_its_interval_leaves_zero_out() -> None:
    spans = [Span("clear", 2.0, 1.0, 3.0), Span("open", 0.5, -1.0, 2.0), Span("one day", 1.0, None, None)]
    kinds = re.findall(r'circle class="([^"]+)"', intervals(spans, str, "said", zero=True))
    assert kinds == ["spot clear", "spot", "spot"]
    assert "spot clear" in intervals(spans[1:2], str, "said", zero=False)


def test_names_in_a_drawing_stay_text() -> None:
    drawn = intervals([Span('"><script>', 1.0, 0.5, 2.0)], str, '"><script>', zero=True)
    assert "<script" not in drawn
