"""Nothing is fetched: a real listener sees no connection, and whatever asks for one has no PDF."""

import base64
import socket
import threading

import pytest
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from documents import rendering


class Listener:
    """A real socket on loopback that counts who knocks."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._count)
        self.thread.start()

    def _count(self):
        while not self.stopping.is_set():
            try:
                self.socket.accept()[0].close()
            except TimeoutError:
                continue
            self.connections += 1

    def stop(self):
        self.stopping.set()
        self.thread.join()
        self.socket.close()


@pytest.fixture(scope="module")
def listener():
    found = Listener()
    yield found
    found.stop()


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text("MARKER-7f3a")
    return file.as_uri()


def svg(inner):
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="9" height="9">{inner}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}"


def page(body="", head=""):
    head = f"<head><title>T</title>{head}</head>"
    return f'<!doctype html><html lang="en">{head}<body><h1>T</h1>{body}</body></html>'


VECTORS = {
    "attachment link": lambda web, file: page(head=f'<link rel="attachment" href="{web}/a">'),
    "attachment of a file": lambda web, file: page(f'<a rel="attachment" href="{file}">x</a>'),
    "img http": lambda web, file: page(f'<img alt="x" src="{web}/a.png">'),
    "img file": lambda web, file: page(f'<img alt="x" src="{file}">'),
    "img in capitals": lambda web, file: page(f'<img alt="x" src="{web.replace("http", "HTTP")}/a.png">'),
    "img without a scheme": lambda web, file: page(f'<img alt="x" src="{web.removeprefix("http:")}/a.png">'),
    "img above the assets": lambda web, file: page('<img alt="x" src="../models.py">'),
    "img that is missing": lambda web, file: page('<img alt="x" src="missing.svg">'),
    "stylesheet link": lambda web, file: page(head=f'<link rel="stylesheet" href="{web}/a.css">'),
    "import": lambda web, file: page(head=f'<style>@import "{web}/a.css";</style>'),
    "import of a file": lambda web, file: page(head=f"<style>@import url({file});</style>"),
    "url() of a background": lambda web, file: page(
        head=f"<style>body{{background:url({web}/a.png)}}</style>"
    ),
    "url() of content": lambda web, file: page(head=f"<style>h1::before{{content:url({web}/a.png)}}</style>"),
    "style attribute": lambda web, file: page(f'<p style="background:url({web}/a.png)">x</p>'),
    "svg image": lambda web, file: page(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9"><image width="9" href="{web}/a"/></svg>'
    ),
    "svg use": lambda web, file: page(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><use href="{web}/a.svg#x"/></svg>'
    ),
    "image in a data: svg": lambda web, file: page(
        f'<img alt="x" src="{svg(f"""<image width="9" height="9" href="{web}/a.png"/>""")}">'
    ),
    "file in a data: svg": lambda web, file: page(
        f'<img alt="x" src="{svg(f"""<image width="9" height="9" href="{file}"/>""")}">'
    ),
    "import in a data: svg": lambda web, file: page(
        f'<img alt="x" src="{svg(f"""<style>@import "{web}/a.css";</style>""")}">'
    ),
    "object": lambda web, file: page(f'<object data="{web}/a.svg"></object>'),
    "embed": lambda web, file: page(f'<embed src="{web}/a.svg">'),
    "font-face": lambda web, file: page(
        head=f"<style>@font-face{{font-family:X;src:url({web}/a.ttf)}}h1{{font-family:X}}</style>"
    ),
    "color-profile": lambda web, file: page(
        head=f"<style>@color-profile --x{{src:url({web}/a.icc)}}</style>"
    ),
    "base href": lambda web, file: page('<img alt="x" src="a.png">', head=f'<base href="{web}/">'),
}
# An inline SVG is refused before, and the last fails on its own.
FETCHED = VECTORS.keys() - {"svg image", "svg use", "import in a data: svg"}


@pytest.mark.parametrize("name", VECTORS)
def test_whatever_asks_for_more_than_assets_has_no_pdf(name, listener, secret):
    with pytest.raises(rendering.FetchRefused if name in FETCHED else rendering.Unrenderable):
        rendering.render(VECTORS[name](listener.url, secret))
    assert listener.connections == 0


def test_a_stylesheet_of_our_own_may_not_import_either(listener):
    with pytest.raises(FatalURLFetchingError):
        CSS(
            string=f'@import "{listener.url}/a.css";',
            url_fetcher=rendering.PackagedOnly(),
            font_config=FontConfiguration(),
        )
    assert listener.connections == 0


def test_the_listener_does_hear_who_knocks(listener):
    before = listener.connections
    socket.create_connection(listener.socket.getsockname()).close()
    for _ in range(100):
        if listener.connections > before:
            break
        threading.Event().wait(0.02)
    assert listener.connections == before + 1
    listener.connections = before


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


def test_after_a_refusal_the_next_document_is_rendered(listener):
    with pytest.raises(rendering.FetchRefused):
        rendering.render(VECTORS["img http"](listener.url, ""))
    assert rendering.render(page("<p>x</p>")).pages == 1


def test_only_one_module_imports_weasyprint():
    importing = [
        path
        for path in rendering.PRINT.parents[1].glob("*/**/*.py")
        if "import weasyprint" in (text := path.read_text()) or "from weasyprint" in text
        if not {".venv", "tests", "bench"} & set(path.parts)
    ]
    assert importing == [rendering.PRINT.parent / "rendering.py"]
