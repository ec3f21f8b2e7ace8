"""Addresses that a request may send its browser back to: only our own pages."""

import re
from urllib.parse import urlsplit

from webapp.gateway.configuration import own_origin

_PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
MOST = 1500


def local_path(url: str | None, default: str = "/") -> str:
    """`url` as path and query on this site; `default` for another site's, and for all that browsers read as one."""
    if not url:
        return default
    if url.startswith(own_origin() + "/"):
        url = url[len(own_origin()) :]
    if len(url) > MOST or not _PLAIN.fullmatch(url):
        return default
    parts = urlsplit(url)
    return (
        default
        if parts.scheme or parts.netloc or parts.path.startswith(("/auth/", "/sign-in"))
        else url
    )
