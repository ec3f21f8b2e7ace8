"""A small TCP proxy for each link between two processes: cuts, resets, slows, narrows, silences or forgets it."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal

Mode = Literal["open", "cut", "slow", "narrow", "silent", "deaf"]
CHUNK, NARROW = 2048, 20_000  # bytes, and bytes in a second
SLOW = 0.4  # seconds that each piece takes longer
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets


class Link:
    """Listens on `port` and passes on to `to`, as `mode` says."""

    def __init__(self, name: str, port: int, to: int) -> None:
        self.name, self.port, self.to = name, port, to
        self.mode: Mode = "open"
        self.passed = 0
        self._ends: set[asyncio.StreamWriter] = set()
        self._asking: set[asyncio.StreamWriter] = set()
        self._forgotten: set[asyncio.StreamWriter] = set()

    async def serve(self) -> None:
        """Accepts from now on."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def end(self) -> None:
        """Accepts no more, and ends what is open."""
        self._server.close()
        await self.reset()

    async def reset(self) -> None:
        """Every connection ends at once, at both ends, by RST."""
        for end in list(self._ends):
            if (raw := end.get_extra_info("socket")) is not None:
                with suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            end.transport.abort()

    async def forget(self) -> None:
        """What is open passes nothing on and never ends, as at a firewall that forgot it; new ones pass."""
        self._forgotten |= self._ends

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        self._asking.add(writer)
        try:
            if self.mode != "cut":
                await self._join(reader, writer)
        except OSError:
            pass
        finally:
            for kept in (self._ends, self._asking, self._forgotten):
                kept.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", self.to)
        self._ends.add(there)
        ways = [
            asyncio.create_task(self._carry(reader, there)),
            asyncio.create_task(self._carry(there_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for way in ways:
                way.cancel()
            for kept in (self._ends, self._forgotten):
                kept.discard(there)
            there.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK if self.mode == "narrow" else 65_536):
            while self.mode == "silent" or writer in self._forgotten:
                await asyncio.sleep(0.05)
            if self.mode == "deaf" and writer in self._asking:
                continue
            await asyncio.sleep({"slow": SLOW, "narrow": len(data) / NARROW}.get(self.mode, 0))
            self.passed += len(data)  # before whoever waits for it can ask
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            with suppress(OSError):
                writer.write_eof()


class Links(threading.Thread):
    """All links of a stack by name, in a thread with a loop of its own."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="links")
        self.loop = asyncio.new_event_loop()
        self.by_name: dict[str, Link] = {}
        self.start()

    def run(self) -> None:
        self.loop.run_forever()

    def join_up(self, name: str, port: int, to: int) -> int:
        """Makes a link and opens it; its port."""
        link = self.by_name[name] = Link(name, port, to)
        self._do(link.serve)
        return port

    def reset(self, name: str) -> None:
        """Every connection of this link ends now."""
        self._do(self.by_name[name].reset)

    def forget(self, name: str) -> None:
        """Every connection of this link falls silent for ever; new ones pass."""
        self._do(self.by_name[name].forget)

    def close(self) -> None:
        """Ends all of them."""
        self._do(self._end_all)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(5)
        self.loop.close()

    async def _end_all(self) -> None:
        for link in self.by_name.values():
            await link.end()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _do(self, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run_coroutine_threadsafe(what(), self.loop).result(10)
