"""The public interface for listening to events, for areas, workers, the seed and operations.

Every handler runs inside the same wrapper (docs/architecture.md, "Why exactly once holds"): each
event takes effect exactly once and in order per topic and key, whatever Kafka or the worker does.
"""

from models.shared.listeners.dead_letters import list_dead_letters
from models.shared.listeners.gaps import alarm_gaps, release_ready
from models.shared.listeners.read_models import rebuild
from models.shared.listeners.registry import (
    HANDLERS,
    Handler,
    Incoming,
    Occurrence,
    handles,
    handles_together,
    load_handlers,
    observes,
    read_model_table,
)
from models.shared.listeners.replay import FailedAgain, Replayed, replay, replay_all, skip
from models.shared.listeners.retries import Outcome, apply_batch, settle

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
    "observes",
    "read_model_table",
    "rebuild",
    "release_ready",
    "replay",
    "replay_all",
    "settle",
    "skip",
]
