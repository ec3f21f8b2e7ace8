"""Safe redirect targets: only pages of this site."""

import re
from urllib.parse import urlsplit

from webapp.gateway.process.configuration import own_origin

_PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
MOST = 1500


def local_path(url: str | None, default: str = "/") -> str:
    """Return `url` as path and query on this site.

    Return `default` for other sites and for anything that browsers would read as another site.
    """
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
