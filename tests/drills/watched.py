"""`python -m tests.drills.watched WEB FILE`: every vector rendered here, and what Python did for it.

Prints JSON: sockets that were made, files that were opened outside of the packaged assets, vectors that were
refused. An audit hook stays for ever, so this runs in a process of its own.
"""

import json
import os
import sys
from pathlib import Path

from documents import rendering
from tests.drills.paper import VECTORS

FROM_OUTSIDE = ("socket.connect", "socket.__new__", "socket.getaddrinfo", "subprocess.Popen", "os.system")


def main(web: str, file: str) -> dict[str, object]:
    rendering.press()
    seen: list[str] = []
    opened: list[str] = []

    def watch(event: str, values: tuple[object, ...]) -> None:
        if event in FROM_OUTSIDE:
            seen.append(event)
        elif event == "open" and isinstance(values[0], str | bytes | os.PathLike):
            opened.append(os.fsdecode(values[0]))

    sys.addaudithook(watch)
    refused = 0
    for vector in VECTORS.values():
        try:
            rendering.render(vector(web, file))
        except rendering.Unrenderable:
            refused += 1
    code = (str(Path(sys.prefix).resolve()), str(Path(sys.base_prefix).resolve()), str(rendering.PRINT))
    strange = [path for path in opened if not str(Path(path).resolve()).startswith(code)]
    return {"outside": seen, "opened": strange, "refused": refused}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
