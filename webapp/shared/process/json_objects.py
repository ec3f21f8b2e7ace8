"""JSON objects from outside this process, whose members each reader checks for itself."""

from typing import Any

JsonObject = dict[str, Any]
