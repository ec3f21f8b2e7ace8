"""PostgreSQL's NOTIFY channels of the event mechanism; a module without imports, for the relay to stay small."""

OUTBOX = "dm_outbox"  # payload: the schema whose outbox has something new
REPUBLISH = "dm_republish"  # payload: JSON of topic, key, first, last that a listener misses
