"""What a request leaves in the log: a line, without its query."""

import logging


def test_a_request_leaves_a_line_without_its_query(anonymous, caplog):
    caplog.set_level(logging.INFO, "dm.access")
    anonymous.get("/healthz?code=secret")
    (line,) = [record for record in caplog.records if record.name == "dm.access"]
    assert line.getMessage() == "GET /healthz 200"
