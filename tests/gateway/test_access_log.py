"""What a request leaves in the log: a line, without its query."""

import logging

from webapp.shared.people.rights import needs


def test_a_request_leaves_a_line_without_its_query(anonymous, caplog):
    caplog.set_level(logging.INFO, "dm.access")
    anonymous.get("/healthz?code=secret")
    (line,) = [record for record in caplog.records if record.name == "dm.access"]
    assert line.getMessage() == "GET /healthz 200"


def test_the_line_of_a_refusal_says_who_was_refused_what_and_from_where(web_app, client_as, caplog):
    web_app.get("/closed")(needs("inside.see")(lambda: "open"))
    caplog.set_level(logging.INFO, "dm.access")
    client_as("pam.beesly").get("/closed")
    (line,) = [record for record in caplog.records if record.name == "dm.access"]
    told = {name: line.fields[name] for name in ("person", "address", "status")}
    assert told == {"person": "pam.beesly", "address": "127.0.0.1", "status": 403}
