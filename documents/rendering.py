"""The one module that imports WeasyPrint: our own HTML in, a tagged PDF out, and nothing is fetched.

It runs in the process of documents.press; everybody else asks documents.printing.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import DataHandler, Request

from weasyprint import CSS, HTML
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from documents.printing import FetchRefused, Rendered, TooLarge, Unrenderable

PRINT = Path(__file__).resolve().parent / "print"
BASE_URL = f"{PRINT.as_uri()}/"
MEDIA_TYPES = {".css": "text/css", ".ttf": "font/ttf", ".svg": "image/svg+xml"}

# What a handout needs, many times over. WeasyPrint crashes on some 400 nested boxes, and takes 14 s for a
# table of 1,500 rows.
MOST_CHARACTERS = 1_000_000
MOST_ELEMENTS = 10_000
DEEPEST_NESTING = 50
MOST_ROWS_IN_A_TABLE = 500
MOST_PAGES = 50
INLINE_SVG = "{http://www.w3.org/2000/svg}svg"

# Its messages may quote what is printed, so they go to no log; each one fails the document, whatever the
# log level of this process.
LOGGER.propagate = False
LOGGER.setLevel(logging.WARNING)
# Pango's font map is shared by all renderings of a process and is not made for two threads.
_one_at_a_time = threading.Lock()


@cache
def packaged() -> dict[str, bytes]:
    """Every asset that a document may use, by its URL, read once."""
    files = (path for path in sorted(PRINT.rglob("*")) if path.suffix in MEDIA_TYPES)
    return {path.as_uri(): path.read_bytes() for path in files}


class PackagedOnly(URLFetcher):
    """Gives out packaged assets and data: URIs. All else is refused, counted, and ends the rendering.

    The refusals are counted because WeasyPrint swallows even its fatal error while it draws an SVG.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self.refused = 0

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The asset; raises FatalURLFetchingError, which is no Exception, for everything else."""
        if url in packaged():
            return URLFetcherResponse(url, packaged()[url], {"Content-Type": MEDIA_TYPES[Path(url).suffix]})
        if url[:5].lower() == "data:":
            try:
                response = DataHandler().data_open(Request(url))  # noqa: S310
                return URLFetcherResponse("data:", response.read(), dict(response.headers))
            except ValueError as problem:
                self.refused += 1
                raise FatalURLFetchingError("A data: URI cannot be read.") from problem
        self.refused += 1
        raise FatalURLFetchingError("Only packaged assets may be used.")


@dataclass(frozen=True, slots=True)
class Press:
    """What all documents of a process share: fonts that are loaded and a stylesheet that is parsed."""

    fonts: FontConfiguration
    stylesheet: CSS


@cache
def press() -> Press:
    """Set up once in a process; raises Unrenderable where an asset of ours is missing or wrong."""
    fonts, fetcher = FontConfiguration(), PackagedOnly()
    with _complaints() as complaints:
        stylesheet = CSS(
            string=packaged()[f"{BASE_URL}document.css"].decode(),
            base_url=BASE_URL,
            url_fetcher=fetcher,
            font_config=fonts,
        )
    if complaints:
        raise Unrenderable(f"The print stylesheet cannot be used: {complaints[0]}")
    return Press(fonts, stylesheet)


def render(html: str) -> Rendered:
    """A tagged PDF/UA-1 of an HTML document that has a language and a title.

    Raises FetchRefused, TooLarge, or Unrenderable where an image, a style or a character could not be used:
    a document with something missing is no document.
    """
    if len(html) > MOST_CHARACTERS:
        raise TooLarge(f"The document has {len(html)} characters; {MOST_CHARACTERS} can be printed.")
    fetcher = PackagedOnly()
    with _one_at_a_time, _complaints() as complaints:
        try:
            rendered = _render(html, fetcher)
        except FatalURLFetchingError:
            rendered = None
    if fetcher.refused or rendered is None:
        raise FetchRefused("The document asked for something that is not packaged with it.")
    if complaints:
        raise Unrenderable(_reason(complaints))
    return rendered


def _render(html: str, fetcher: PackagedOnly) -> Rendered:
    source = HTML(string=html, base_url=BASE_URL, url_fetcher=fetcher)
    _measure(source.etree_element)
    shared = press()
    document = source.render(
        font_config=shared.fonts, stylesheets=[shared.stylesheet], pdf_variant="pdf/ua-1"
    )
    if len(document.pages) > MOST_PAGES:
        raise TooLarge(f"The document has {len(document.pages)} pages; {MOST_PAGES} can be printed.")
    return Rendered(document.write_pdf(pdf_variant="pdf/ua-1"), len(document.pages))


def _measure(root: Any) -> None:
    """Walk the parsed document without recursion; raises TooLarge before any of it is laid out.

    Raises Unrenderable for an inline SVG, which the tagged PDF would hold without its description.
    """
    elements, level = 0, [root]
    for depth in range(1, DEEPEST_NESTING + 2):
        if not level:
            return
        if depth > DEEPEST_NESTING:
            raise TooLarge(f"The document is nested deeper than {DEEPEST_NESTING} levels.")
        elements += len(level)
        if elements > MOST_ELEMENTS:
            raise TooLarge(f"The document has more than {MOST_ELEMENTS} elements.")
        if any(element.tag == INLINE_SVG for element in level):
            raise Unrenderable("A drawing stands in the page itself, where it has no description.")
        if any(sum(child.tag == "tr" for child in parent) > MOST_ROWS_IN_A_TABLE for parent in level):
            raise TooLarge(f"A table has more than {MOST_ROWS_IN_A_TABLE} rows.")
        level = [child for parent in level for child in parent]


class _Collector(logging.Handler):
    """Keeps what WeasyPrint complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _complaints() -> Iterator[list[str]]:
    collector = _Collector()
    LOGGER.addHandler(collector)
    try:
        yield collector.messages
    finally:
        LOGGER.removeHandler(collector)


def _reason(complaints: list[str]) -> str:
    if any(message.startswith(".notdef") for message in complaints):
        return "A character cannot be printed with the fonts of this server. Install a font that has it."
    if any("alt description" in message for message in complaints):
        return "A picture has no description."
    if any(message.startswith("Failed to load image") for message in complaints):
        return "A picture cannot be read."
    return f"The layout was not done without {len(complaints)} fault(s)."
