"""Exports in CSV: in portions, in bounded time, and never shorter than they say."""

import csv
import io
import socket
import time
from collections.abc import Iterator

import httpx
from flask import Flask
from sqlalchemy import text

from models.orders.queries import ORDERS, OrderFilter
from models.shared.transactions import reading
from tests.wuphf.live_browser import Web, wait_for
from webapp.shared.lists import csv_files
from webapp.shared.lists.csv_files import csv_response


def export(rows, most=None) -> list[list[str]]:
    with Flask(__name__).test_request_context():
        content = csv_response("x.csv", ("n",), rows, most).get_data(as_text=True)
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:])))


def test_a_whole_file_ends_with_its_last_row():
    rows = [(n,) for n in range(csv_files.PORTION * 2)]
    assert export(rows) == export(rows, most=len(rows)) == [["n"], *([str(n)] for (n,) in rows)]
    assert export([]) == [["n"]]


def test_a_file_with_more_rows_than_it_may_have_says_so_in_its_last_line():
    rows = export(((n,) for n in range(1201)), most=1200)
    assert rows[-2] == ["1199"]
    assert rows[-1] == [
        "NOT COMPLETE: this file ends after 1,200 rows. Narrow the list to export the rest."
    ]


def test_a_file_that_takes_too_long_ends_with_a_line_that_says_so(monkeypatch):
    monkeypatch.setattr(csv_files, "SECONDS", 0.05)

    def slow() -> Iterator[tuple[int]]:
        began, n = time.monotonic(), 0
        while n < csv_files.PORTION or time.monotonic() < began + 30:
            yield (n := n + 1,)

    rows = export(slow())
    assert len(rows) < 2_000_000
    assert rows[-1][0].startswith("NOT COMPLETE: this file ends after ")
    assert f"ends after {int(rows[-2][0]):,} rows" in rows[-1][0]


def test_an_export_may_read_for_longer_than_a_page(
    clean_database: str,
):
    with reading("orders") as session:
        assert session.execute(text("SHOW statement_timeout")).scalar_one() == "5s"
        ORDERS.each(session, OrderFilter())
        assert session.execute(text("SHOW statement_timeout")).scalar_one() == "20s"


def test_who_takes_nothing_of_a_file_is_cut_off_and_who_takes_it_reads_that_it_is_not_complete(
    clean_database: str,
):
    web = Web("tests.shared.long_export_app:make_app()")
    try:
        with web.as_person("jim.halpert") as browser:
            lines = browser.get("/test/long.csv", timeout=60).text.splitlines()
            assert lines[-1].startswith('"NOT COMPLETE: this file ends after ')
        head = f"GET /test/long.csv HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n"
        with socket.create_connection(("127.0.0.1", web.port)) as stuck:
            stuck.sendall(f"{head}Cookie: {web.cookie}=sid-jim.halpert\r\n\r\n".encode())
            wait_for(lambda: under_way(web) == 1)
            wait_for(lambda: under_way(web) == 0, 30)
    finally:
        web.stop()


def under_way(web: Web) -> int:
    """How many exports have a turn."""
    return int(httpx.get(f"{web.address}/test/turns").text)
