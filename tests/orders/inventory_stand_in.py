"""Stands in for the inventory service on the wire: its products over HTTP, and switches to fail."""

import json
import threading
from collections.abc import Iterator

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from settings import settings


class StandIn:
    """`products` is what it offers; `down` answers 503 to everything; `asked` are the addresses asked for."""

    def __init__(self) -> None:
        self.down, self.asked = False, list[str]()
        self.products = {
            "CP-20-LTR": {
                "sku": "CP-20-LTR",
                "name": "Copy paper, letter",
                "unit_price": "38.90",
                "available": 412,
            },
            "CS-110-IV": {
                "sku": "CS-110-IV",
                "name": "Cardstock, ivory",
                "unit_price": "41.20",
                "available": 6,
            },
        }

    def __call__(self, environ, start_response):
        """The WSGI application."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if self.down:
            return Response("", 503)
        assert request.headers["Authorization"].startswith("Bearer ")
        self.asked.append(request.full_path)
        sku = request.path.removeprefix("/api/v1/products").strip("/")
        if not sku:
            q = request.args.get("q", "").lower()
            skus = request.args.getlist("sku") or self.products
            found = [
                item
                for sku, item in self.products.items()
                if sku in skus and q in f"{item['sku']} {item['name']}".lower()
            ]
            return Response(json.dumps({"items": found, "next": None}), mimetype="application/json")
        if sku in self.products:
            return Response(json.dumps(self.products[sku]), mimetype="application/json")
        return Response(
            json.dumps({"code": "not_found", "detail": "No such product."}),
            404,
            mimetype="application/json",
        )


@pytest.fixture
def inventory(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The stand-in, listening; calls between services go to it."""
    stand_in = StandIn()
    server = make_server("127.0.0.1", 0, stand_in, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DM_INTERNAL_API_BASE", f"http://127.0.0.1:{server.server_port}")
    settings.cache_clear()
    yield stand_in
    monkeypatch.undo()
    settings.cache_clear()
    server.shutdown()
    server.server_close()
