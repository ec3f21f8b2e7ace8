"""Requests as bytes, for what no HTTP client would send: made from a seed, the same at each run."""

import json
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

PATIENCE = 15.0
FORM = "application/x-www-form-urlencoded"
CSRF_FIELD = b"csrf_token=%s"


class RawAnswer(NamedTuple):
    """The status line's number (0 where nothing came back), the headers in lower case, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Raw:
    """A request before it is written to a socket."""

    method: str
    path: str
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""
    framing: tuple[tuple[str, bytes], ...] | None = None  # None: the body's true length
    version: bytes = b"HTTP/1.1"
    options: dict[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: bytes) -> "Raw":
        """The request with this header instead of one of the same name."""
        kept = [each for each in self.headers if each[0].lower() != name.lower()]
        return replace(self, headers=(*kept, (name, value)))

    def with_body(self, kind: str, body: bytes) -> "Raw":
        """The request with a body of this type."""
        return replace(self.with_header("Content-Type", kind.encode()), body=body)

    def to_bytes(self) -> bytes:
        """As it goes over the wire."""
        length = (("Content-Length", b"%d" % len(self.body)),)
        framing = (length if self.body else ()) if self.framing is None else self.framing
        lines = [b"%s %s %s" % (self.method.encode(), self.path.encode("latin-1"), self.version)]
        lines += [name.encode() + b": " + value for name, value in (*self.headers, *framing)]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


def send(port: int, data: bytes) -> RawAnswer:
    """Send the bytes, close our side, and read the answer to its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all of it was sent: the answer is there
        return _parsed(_everything(connection))


def _everything(connection: socket.socket) -> bytes:
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass  # the rest of what was sent lies unread at the other side
    return b"".join(pieces)


def _parsed(data: bytes) -> RawAnswer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = int(first.split(" ")[1]) if first.startswith("HTTP/") else 0
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value.strip())))
    return RawAnswer(status, headers, body)


def chunked(*chunks: bytes) -> bytes:
    """A body in chunks, whole."""
    parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join(parts) + b"0\r\n\r\n"


Lie = Callable[[Raw, random.Random], Raw]
CHUNKS = (("Transfer-Encoding", b"chunked"),)
TOO_MUCH = 22_000_000  # more than any route takes
DEEP = 100_000
BOUNDARY = "dm-fuzz"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def _part(head: bytes, content: bytes = b"x") -> bytes:
    return b"--%s\r\n%s\r\n\r\n%s\r\n--%s--\r\n" % (
        BOUNDARY.encode(),
        head,
        content,
        BOUNDARY.encode(),
    )


def _junk(dice: random.Random, most: int = 200) -> bytes:
    return bytes(dice.choices(range(1, 256), k=dice.randint(1, most)))


def _header_junk(dice: random.Random) -> bytes:
    return bytes(each for each in _junk(dice, 60) if each >= 32 and each != 127)


def _json(text: bytes) -> Lie:
    return lambda raw, _: raw.with_body("application/json", text)


def _header(name: str, *values: bytes) -> Lie:
    return lambda raw, dice: raw.with_header(name, dice.choice(values))


def _multipart(head: bytes, content: bytes = b"x") -> Lie:
    return lambda raw, _: raw.with_body(MULTIPART, _part(head, content))


def _query(*words: str) -> Lie:
    return lambda raw, dice: replace(raw, path=f"{raw.path}?{dice.choice(words)}")


BAD_ADDRESSES = (b"http://[", b"//[", b"http://[::1", b"http://\xff]", b"http://[v1.x]:99999/")
LIES: dict[str, Lie] = {
    "as it is": lambda raw, _: raw,
    "chunk size that is none": lambda raw, _: replace(raw, framing=CHUNKS, body=b"zz\r\nab\r\n"),
    "chunk longer than it says": lambda raw, _: replace(
        raw, framing=CHUNKS, body=b"2\r\nabcdef\r\n0\r\n\r\n"
    ),
    "chunk that ends early": lambda raw, _: replace(raw, framing=CHUNKS, body=b"ff\r\nabc"),
    "chunked form": lambda raw, _: replace(
        raw.with_body(FORM, chunked(b"a=1", b"&b=2")), framing=CHUNKS
    ),
    "two framings": lambda raw, _: replace(
        raw, framing=(*CHUNKS, ("Content-Length", b"3")), body=b"abc"
    ),
    "length longer than the body": lambda raw, _: replace(
        raw.with_body(FORM, b"a=1"), framing=(("Content-Length", b"400"),)
    ),
    "length that is none": lambda raw, dice: replace(
        raw, framing=(("Content-Length", dice.choice((b"-1", b"x", b"1e3", b"9" * 30))),), body=b"a"
    ),
    "deep JSON": _json(b"[" * DEEP + b"]" * DEEP),
    "deep JSON object": _json(b'{"a":' * DEEP),
    "JSON of another kind": _json(b"[1, null, [true]]"),
    "half a surrogate pair": _json(json.dumps({"name": "\ud800", "note": "\udfff"}).encode()),
    "half a pair as a key": _json(b'{"\\udc00": 1}'),
    "no number": _json(b'{"quantity": NaN, "amount": -Infinity}'),
    "long number": _json(b'{"quantity": ' + b"9" * 6000 + b"}"),
    "JSON in bad bytes": _json(b'{"name": "\xff\xfe"}'),
    "JSON cut": _json(b'{"name": "pa'),
    "part without a name": _multipart(b"Content-Disposition: form-data"),
    "file without a name": _multipart(b'Content-Disposition: form-data; filename="a.png"'),
    "part without a head": _multipart(b"X: y"),
    "part with a strange charset": _multipart(
        b'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=zz'
    ),
    "parts cut": lambda raw, _: raw.with_body(MULTIPART, b"--dm-fuzz\r\nContent-Dispo"),
    "parts without a boundary": lambda raw, _: raw.with_body("multipart/form-data", b"--x\r\n"),
    "another type": lambda raw, dice: raw.with_body(
        dice.choice(("text/plain", "application/xml", "image/png", "x", "a/b; c=\xff")), b"a=1"
    ),
    "form in bad bytes": lambda raw, dice: raw.with_body(FORM, _junk(dice)),
    "form of many fields": lambda raw, _: raw.with_body(
        FORM, b"&".join(b"f%d=1" % n for n in range(3000))
    ),
    "redirect with line ends": lambda raw, _: raw.with_body(
        FORM, b"next=/%0d%0aX-Evil:%201&back=%0a/&in_place=%0d%0aX:1&version=1"
    ),
    "redirect to no address": lambda raw, _: raw.with_body(
        FORM, b"next=http://[&back=//[&version=1"
    ),
    "Referer": _header("Referer", *BAD_ADDRESSES),
    "HX-Current-URL": lambda raw, dice: raw.with_header("HX-Request", b"true").with_header(
        "HX-Current-URL", dice.choice(BAD_ADDRESSES)
    ),
    "HX headers": lambda raw, dice: (
        raw.with_header("HX-Request", b"true")
        .with_header("HX-Request-Type", dice.choice((b"partial", b"\xff", b"full")))
        .with_header("HX-Target", _header_junk(dice))
        .with_header("HX-Trigger", _header_junk(dice))
    ),
    "Origin": _header("Origin", b"null", b"http://[", b"\xff"),
    "no Host": lambda raw, _: replace(
        raw, headers=tuple(each for each in raw.headers if each[0] != "Host")
    ),
    "another Host": _header("Host", b"evil.example", b"", b"[", b"a b", b"\xff:x", b"127.0.0.1:x"),
    "cookie": _header("Cookie", b"dm_session=\xff\x80; ;;=;dm_seat=.", b"dm_theme=%00;a" * 50),
    "token": _header(
        "Authorization", b"Bearer", b"Bearer \xff", b"Bearer " + b"W1tb" * 2000, b"Basic Og=="
    ),
    "key": _header("Idempotency-Key", b"x", b"\xff" * 20, b"a" * 65, b"%00%00%00%00%00"),
    "If-Match": _header("If-Match", b"*", b'"x"', b'W/"1", "2"', b"\xff", b'"99999999999999999"'),
    "conditions": lambda raw, dice: (
        raw.with_header("If-None-Match", _header_junk(dice))
        .with_header("If-Modified-Since", _header_junk(dice))
        .with_header("Range", dice.choice((b"bytes=9-1", b"x=\xff", b"bytes=0-99999999999999999")))
    ),
    "what is accepted": lambda raw, dice: (
        raw.with_header("Accept", _header_junk(dice))
        .with_header("Accept-Language", _header_junk(dice))
        .with_header("Accept-Encoding", _header_junk(dice))
    ),
    "last event": _header("Last-Event-ID", b"-1", b"\xff", b"9" * 40, b"1e3"),
    "cursor": _query(
        "after=W1tbW1tb" + "W1tb" * 800,
        "after=%FF%FE&before=_-_-",
        "after=WyJcdWQ4MDAiXQ&before=WyJcdWQ4MDAiXQ",
        "before=bnVsbA&after=e30",
        "page=-1&limit=1e9&sort=%00&after=W05hTl0",
    ),
    "query": _query("%", "%00=%FF&=&&a", "q=" + "%F0%9F" * 300, "from=9999-99-99&to=x&version=-"),
    "path": lambda raw, dice: replace(
        raw, path=raw.path + dice.choice(("%", "/%ff", "/..%2f", "%0d%0aX:1", "/%f0%9f"))
    ),
    "method": lambda raw, dice: replace(
        raw, method=dice.choice(("PROPFIND", "get", "LOCK", "X-Y"))
    ),
    "version": lambda raw, dice: replace(
        raw, version=dice.choice((b"HTTP/1.0", b"HTTP/9.9", b"HTTP/1.1x", b""))
    ),
    "header name": _header("a b", b"x"),
    "header line end": _header("X-Folded", b"a\r\n b", b"a\nb", b"a\rb", b"\0"),
    "junk": lambda raw, dice: replace(raw, body=_junk(dice, 2000)),
}
LARGE: dict[str, Lie] = {
    "too much": lambda raw, _: raw.with_body(FORM, b"a=" + b"x" * TOO_MUCH),
    "too much in chunks": lambda raw, _: replace(
        raw.with_body(FORM, chunked(*([b"a" * 1_000_000] * 22))), framing=CHUNKS
    ),
}
