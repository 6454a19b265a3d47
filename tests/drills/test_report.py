"""The page of evidence gets the figures between its marks, and keeps every other word."""

import json

import pytest

from tests.drills import figures, report


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "EVIDENCE", tmp_path)
    return tmp_path


def test_figures_are_kept_and_said_in_one_line(folder, capsys):
    figures.told("D9", "armour", answers=812, lacking=0)
    assert capsys.readouterr().out == "D9 armour: answers 812, lacking 0\n"
    kept = json.loads((folder / "D9-armour.json").read_text())
    assert kept == {"drill": "D9", "name": "armour", "figures": {"answers": 812, "lacking": 0}}
    assert report.table(folder).splitlines()[-1] == "| D9 armour | armour | answers 812, lacking 0 |"


def test_each_drill_is_one_line_in_the_programmes_order(folder):
    figures.told("D9", "every-route", answers=812)
    figures.told("D9", "what-breaks", answers=156)
    figures.told("D6", "forged", status_403=3)
    assert report.lines(folder) == [
        "D6 forged click | forged: status 403 3",
        "D9 armour | every-route: answers 812; what-breaks: answers 156",
    ]


@pytest.mark.parametrize(
    "page", ["# Evidence\n\nOurs.\n", f"Ours.\n{report.START}\nold\n{report.END}\nOurs too.\n"]
)
def test_nothing_but_what_stands_between_the_marks_is_replaced(page):
    once = report.written_into(page, "rows")
    assert f"{report.START}\nrows\n{report.END}" in once
    assert "old" not in once
    assert once.count("Ours") == page.count("Ours")
    assert report.written_into(once, "rows") == once


def test_without_figures_no_page_is_written(folder):
    with pytest.raises(FileNotFoundError, match="run the drills first"):
        report.table(folder)
    with pytest.raises(FileNotFoundError, match="run the drills first"):
        report.lines(folder)
