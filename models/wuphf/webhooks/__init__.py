"""Webhooks: events sent to addresses of other systems, signed, in order and at least once."""
