"""`python -m tests.benchmarks.stream_readers PORT COUNT REQUEST GREETING`: so many open streams in
a process of their own.

REQUEST is a request line with headers in which `{n}` is the stream's number; a stream counts as open when it has said
GREETING. Then each line on standard input is a mark to wait for: `waiting` is the answer, and when every stream has
read the mark, how many did and when the last (time.monotonic, which processes share).
"""

import selectors
import socket
import sys
import time

PIECE = 65536
AT_ONCE = 200  # connections opened before their greetings are awaited
PATIENCE = 120.0
MEMORY = 400  # bytes of the last that each stream was told, in case it ends


class Readers:
    """The sockets, and what each has read since the last mark was asked for."""

    def __init__(self, port: int, request: str) -> None:
        self.port, self.request = port, request.replace("\\r\\n", "\r\n")
        self.ready = selectors.DefaultSelector()
        self.sockets: list[socket.socket] = []
        self.last_read: dict[int, bytes] = {}

    def open(self, count: int, greeting: bytes) -> None:
        """Opens so many more, some at a time, and waits until each is greeted."""
        while len(self.sockets) < count:
            some = [self._connect() for _ in range(min(AT_ONCE, count - len(self.sockets)))]
            self.await_mark(greeting, some)

    def await_mark(
        self, mark: bytes, among: list[socket.socket] | None = None
    ) -> tuple[int, float]:
        """(streams that read it, when the last did); all of them unless patience ends."""
        tails = dict.fromkeys(among or self.sockets, b"")
        last, until = time.monotonic(), time.monotonic() + PATIENCE
        while tails and time.monotonic() < until:
            for key, _ in self.ready.select(1.0):
                read = key.fileobj.recv(PIECE)  # type: ignore[union-attr]
                if not read:
                    raise SystemExit(
                        f"a stream ended; the last that came: {self.last_read.get(key.fd, b'nothing')!r}"
                    )
                self.last_read[key.fd] = read[-MEMORY:]
                if key.fileobj not in tails:
                    continue
                tail = tails[key.fileobj] + read  # type: ignore[index]
                if mark in tail:
                    del tails[key.fileobj]  # type: ignore[arg-type]
                    last = time.monotonic()
                else:
                    tails[key.fileobj] = tail[-len(mark) :]  # type: ignore[index]
        return len(among or self.sockets) - len(tails), last

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall(self.request.format(n=len(self.sockets)).encode())
        self.ready.register(connection, selectors.EVENT_READ)
        self.sockets.append(connection)
        return connection


def main(port: str, count: str, request: str, greeting: str) -> None:
    """Opens, then answers each mark."""
    readers = Readers(int(port), request)
    readers.open(int(count), greeting.encode())
    print("open", flush=True)
    for line in sys.stdin:
        print("waiting", flush=True)
        print(*readers.await_mark(line.strip().encode()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
