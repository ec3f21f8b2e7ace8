"""Readiness probes in each server's own protocol.

They need no client library, so the supervisor stays small.
"""

import http.client
import socket
import struct


def http_ok(port: int, path: str) -> bool:
    """Check whether `GET path` answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tcp_open(port: int) -> bool:
    """Check whether the port accepts connections."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def kafka_ready(port: int) -> bool:
    """Check whether a broker answers an ApiVersions request (version 0)."""
    request = struct.pack("!hhih", 18, 0, 7, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack("!i", len(request)) + request)
            return connection.recv(4096)[4:10] == struct.pack("!ih", 7, 0)
    except OSError:
        return False


def postgres_ready(port: int) -> bool:
    """Check that PostgreSQL asks for a password instead of reporting that it is starting up."""
    body = struct.pack("!I", 196608) + b"user\0postgres\0\0"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(struct.pack("!I", len(body) + 4) + body)
            return connection.recv(4096)[:1] == b"R"
    except OSError:
        return False
