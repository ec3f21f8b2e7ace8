"""The name of a downloaded file, in any script (RFC 6266 with the extended form of RFC 5987).

The only place that writes `Content-Disposition`: a raw name may hold what a header cannot carry.
"""

import unicodedata
from pathlib import PurePath
from urllib.parse import quote

from flask import Response

ATTR_CHAR = "!#$&+-.^_`|~"  # what RFC 5987, 3.2.1 leaves unquoted besides letters and digits


def name_download(response: Response, name: str, *, inline: bool = False) -> None:
    """Name the file, for saving or (`inline`) for showing in the browser.

    Old clients get a plain ASCII name with the same ending, all others the name itself.
    """
    name = name.encode(errors="replace").decode()  # half a surrogate pair has no UTF-8
    plain = _plain(name)
    names = {"filename": plain}
    if plain != name:
        names["filename*"] = f"UTF-8''{quote(name, safe=ATTR_CHAR)}"
    kind = "inline" if inline else "attachment"
    response.headers.set("Content-Disposition", kind, **names)


def _plain(name: str) -> str:
    simple = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    simple = "".join(each for each in simple if each.isprintable() and each not in '"\\/%')
    path = PurePath(simple)
    if simple.startswith(".") or not path.stem.strip(". "):
        return f"download{path.suffix or simple}" if simple.strip(". ") else "download"
    return simple
