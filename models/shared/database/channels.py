"""PostgreSQL NOTIFY channels of the event mechanism.

This module imports nothing, which keeps the relay process small.
"""

OUTBOX = "dm_outbox"  # payload: the schema whose outbox has new rows
REPUBLISH = "dm_republish"  # payload: JSON of the missing topic, key, first and last
