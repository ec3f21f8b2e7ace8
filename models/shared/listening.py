"""The public interface for listening to events, for areas, workers, the seed and operations.

Every handler runs inside the same wrapper (docs/architecture.md, "Why exactly once holds"): each
event takes effect exactly once and in order per topic and key, whatever Kafka or the worker does.
"""

from models.shared.dead_letters import list_dead_letters, replay, skip
from models.shared.gaps import alarm_gaps, release_ready
from models.shared.rebuilding import rebuild
from models.shared.registry import (
    HANDLERS,
    Handler,
    Incoming,
    Occurrence,
    handles,
    handles_together,
    load_handlers,
    read_model_table,
)
from models.shared.replaying import FailedAgain, Replayed, replay_all
from models.shared.settling import Outcome, apply_batch, settle

__all__ = [
    "HANDLERS",
    "FailedAgain",
    "Handler",
    "Incoming",
    "Occurrence",
    "Outcome",
    "Replayed",
    "alarm_gaps",
    "apply_batch",
    "handles",
    "handles_together",
    "list_dead_letters",
    "load_handlers",
    "read_model_table",
    "rebuild",
    "release_ready",
    "replay",
    "replay_all",
    "settle",
    "skip",
]
