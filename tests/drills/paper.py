"""What D11 sends to be printed: everything that asks for more than it brought, and documents without end."""

import base64
import ctypes
import os
import re
import socket
import struct
import threading
import zlib
from pathlib import Path

MARKER = "MARKER-7f3a"


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


class Opened:
    """Counts who opens a file, in C or in Python, as the kernel tells it."""

    OPENED = 0x20

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self.source = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self.source, os.fsencode(path), self.OPENED) > 0

    def count(self) -> int:
        """How often since it was last asked."""
        try:
            told = os.read(self.source, 1 << 16)
        except BlockingIOError:
            return 0
        return len(told) // struct.calcsize("iIII")

    def stop(self) -> None:
        os.close(self.source)


def inflated(pdf: bytes) -> bytes:
    """The PDF with every stream that can be inflated laid open."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


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
VECTORS |= {
    "xmp of a picture": lambda web, file: page(
        f'<img alt="x" src="{svg(f"""<metadata><x href="{file}"/></metadata><image href="{file}"/>""")}">'
    ),
    "svg use in a picture": lambda web, file: page(
        f'<img alt="x" src="{svg(f"""<use href="{web}/a.svg#x"/>""")}">'
    ),
}
# WeasyPrint uses nothing of another file in a drawing: it asks for nothing, and draws nothing.
NOT_ASKED_FOR = {"svg use in a picture"}
# An inline SVG is refused before, and the last fails on its own.
FETCHED = VECTORS.keys() - NOT_ASKED_FOR - {"svg image", "svg use", "import in a data: svg"}

# Within every cap of size, and yet without end: each level of flex boxes is laid out several times.
ENDLESS = page('<div style="display:flex">' * 40 + "word " * 40 + "</div>" * 40)
ROW = f"<tr>{'<td>x</td>' * 10}</tr>"
BOMBS = {
    "400 levels": page("<div>" * 400 + "x" + "</div>" * 400),
    "1,500 rows": page(f"<table>{ROW * 1500}</table>"),
    "a word of 200,000 letters": page(f"<p>{'w' * 200_000}</p>"),
    "a giant page": page("<p>x</p>", head="<style>@page{size:100000mm 100000mm}</style>"),
    "paragraphs without end": page("<p>x</p>" * 100_000),
    "52 pages": page('<p style="break-before:page">x</p>' * 51),
}
