"""What a document may bring with it, and what has no PDF; what it may not fetch is drilled as D11."""

import pytest

from documents import rendering
from tests.drills.paper import page, svg


def test_a_packaged_asset_and_a_data_uri_are_used():
    made = rendering.render(
        page(f'<img alt="Warning" src="stop.svg"><img alt="Square" src="{svg("<path/>")}">')
    )
    assert made.pages == 1


def test_a_data_uri_that_cannot_be_read_has_no_pdf():
    with pytest.raises(rendering.FetchRefused):
        rendering.render(page('<img alt="x" src="data:image/png;base64">'))


def test_a_broken_picture_has_no_pdf():
    with pytest.raises(rendering.Unrenderable, match="picture cannot be read"):
        rendering.render(page('<img alt="x" src="data:image/png;base64,AAAA">'))


def test_a_picture_without_a_description_has_no_pdf():
    with pytest.raises(rendering.Unrenderable, match="no description"):
        rendering.render(page('<img src="stop.svg">'))


def test_a_character_that_no_font_has_is_no_pdf_instead_of_a_box():
    with pytest.raises(rendering.Unrenderable, match="character cannot be printed"):
        rendering.render(page("<p>\U000f1234</p>"))


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 60 + "x" + "</div>" * 60,
        "<p>x</p>" * 10_001,
        "<table>" + "<tr><td>x</td></tr>" * 501 + "</table>",
        "word " * 200_001,
    ],
    ids=["deep", "many elements", "many rows", "many words"],
)
def test_a_document_beyond_the_caps_is_refused_before_it_is_laid_out(body):
    with pytest.raises(rendering.TooLarge):
        rendering.render(page(body))


def test_many_pages_are_refused():
    with pytest.raises(rendering.TooLarge, match="51 pages"):
        rendering.render(page('<p style="break-before:page">x</p>' * 50))


def test_only_one_module_imports_weasyprint():
    importing = [
        path
        for path in rendering.PRINT.parents[1].glob("*/**/*.py")
        if "import weasyprint" in (text := path.read_text()) or "from weasyprint" in text
        if not {".venv", "tests", "bench"} & set(path.parts)
    ]
    assert importing == [rendering.PRINT.parent / "rendering.py"]
