"""The Grafana dashboards. `python -m deploy.observability.dashboards` writes grafana/dashboards/*.json."""

from pathlib import Path
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, DataSourceRef, GridPos

FOLDER = Path(__file__).parent / "grafana/dashboards"
SOURCE = "dm-prometheus"  # the uid in grafana/provisioning/datasources/prometheus.yml
WIDTH, HEIGHT = 12, 8  # of a panel; the page is 24 wide


class Panel(NamedTuple):
    """A chart: its title, Grafana's unit, and PromQL by the legend of its lines."""

    title: str
    unit: str
    lines: dict[str, str]


def _rate(counter: str, by: str = "", where: str = "") -> str:
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({counter}{where}[$__rate_interval]))"


def _quantile(share: float, histogram: str, by: str = "", where: str = "") -> str:
    kept = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {_rate(f'{histogram}_bucket', kept, where)})"


def _hourly(event: str) -> str:
    return f'sum(increase(dm_relay_published_total{{type="{event}"}}[1h]))'


PAGES = '{endpoint!~"static|wuphf.live"}'
GATEWAY = [
    Panel(
        "Requests per second, by status",
        "reqps",
        {"{{status}}": _rate("dm_http_requests_total", "status")},
    ),
    Panel(
        "Time to answer",
        "s",
        {
            "median": _quantile(0.5, "dm_http_request_seconds", where=PAGES),
            "95 %": _quantile(0.95, "dm_http_request_seconds", where=PAGES),
            "99 %": _quantile(0.99, "dm_http_request_seconds", where=PAGES),
        },
    ),
    Panel(
        "Slowest endpoints, 95 %",
        "s",
        {
            "{{endpoint}}": f"topk(8, {_quantile(0.95, 'dm_http_request_seconds', 'endpoint', PAGES)})"
        },
    ),
    Panel(
        "Failed requests per second, by endpoint",
        "reqps",
        {"{{endpoint}}": _rate("dm_http_requests_total", "endpoint", '{status=~"5.."}')},
    ),
    Panel(
        "Sessions and live streams",
        "short",
        {
            "sessions": "sum(dm_sessions)",
            "live streams": "sum(dm_live_streams)",
        },
    ),
    Panel(
        "Live messages per second",
        "short",
        {
            "{{event}}": _rate("dm_live_pushes_total", "event"),
        },
    ),
    Panel(
        "Live streams that ended per second, by reason",
        "short",
        {
            "{{reason}}": _rate("dm_live_dropped_total", "reason"),
        },
    ),
    Panel(
        "Database connections in use",
        "short",
        {
            "{{instance}} {{schema}}": "dm_database_connections_in_use",
        },
    ),
]
EVENTS = [
    Panel(
        "Events published per second",
        "short",
        {
            "{{schema}}": _rate("dm_relay_published_total", "schema"),
            "{{schema}}, not taken": _rate("dm_relay_failed_total", "schema"),
        },
    ),
    Panel(
        "From record to broker",
        "s",
        {
            "{{schema}}, median": _quantile(0.5, "dm_relay_publish_seconds", "schema"),
            "{{schema}}, 99 %": _quantile(0.99, "dm_relay_publish_seconds", "schema"),
        },
    ),
    Panel("Age of the oldest unpublished event", "s", {"{{schema}}": "dm_relay_backlog_seconds"}),
    Panel("Relays that lead", "short", {"{{schema}}": "sum by (schema) (dm_relay_leads)"}),
    Panel("Listener lag", "short", {"{{service}} {{topic}}": "dm_listener_lag"}),
    Panel(
        "Records handled per second, by outcome",
        "short",
        {
            "{{service}} {{outcome}}": _rate("dm_listener_records_total", "service, outcome"),
        },
    ),
    Panel(
        "Time to settle a batch, 95 %",
        "s",
        {
            "{{service}}": _quantile(0.95, "dm_listener_batch_seconds", "service"),
        },
    ),
    Panel(
        "Held events and dead letters",
        "short",
        {
            "{{service}}, held": "dm_listener_held_events",
            "{{service}}, dead": "dm_listener_dead_letters",
        },
    ),
]
BUSINESS = [
    Panel(
        "Orders per hour",
        "short",
        {
            "placed": _hourly("dm.orders.order.placed.v1"),
            "canceled": _hourly("dm.orders.order.cancelled.v1"),
            "sent for approval": _hourly("dm.orders.order.approval_requested.v1"),
        },
    ),
    Panel(
        "Shipments per hour",
        "short",
        {
            "created": _hourly("dm.inventory.shipment.created.v1"),
            "dispatched": _hourly("dm.inventory.shipment.dispatched.v1"),
            "delivered": _hourly("dm.inventory.shipment.delivered.v1"),
        },
    ),
    Panel(
        "Sales per hour",
        "short",
        {
            "new clients": _hourly("dm.sales.client.created.v1"),
            "leads converted": _hourly("dm.sales.lead.converted.v1"),
        },
    ),
    Panel(
        "Stock per hour",
        "short",
        {
            "products that ran low": _hourly("dm.inventory.product.ran_low.v1"),
            "goods received": _hourly("dm.inventory.goods.received.v1"),
        },
    ),
    Panel(
        "Expenses per hour",
        "short",
        {
            "submitted": _hourly("dm.finance.expense.submitted.v1"),
            "approved": _hourly("dm.finance.expense.approved.v1"),
            "reimbursed": _hourly("dm.finance.expense.reimbursed.v1"),
        },
    ),
    Panel(
        "Notifications and mail per hour",
        "short",
        {
            "notifications": _hourly("dm.notifications.notification.raised.v1"),
            "mail, {{outcome}}": "sum by (outcome) (increase(dm_mails_total[1h]))",
        },
    ),
]
DASHBOARDS = {
    "gateway": ("Gateway: pages, sessions, live streams", GATEWAY),
    "events": ("Events: outbox, broker, listeners", EVENTS),
    "business": ("Business: orders, shipments, expenses", BUSINESS),
}


def documents() -> dict[str, str]:
    """Return each dashboard as the JSON that Grafana reads, by file name."""
    return {
        f"{name}.json": JSONEncoder(sort_keys=True, indent=2).encode(_build(name, title, panels))
        + "\n"
        for name, (title, panels) in DASHBOARDS.items()
    }


def _build(name: str, title: str, panels: list[Panel]) -> Dashboard:
    board = dashboard.Dashboard(title).uid(f"dm-{name}").tags(["dunder-mifflin"])
    board.refresh("30s").time("now-6h", "now").timezone("browser").readonly()
    for number, each in enumerate(panels):
        place = GridPos(h=HEIGHT, w=WIDTH, x=number % 2 * WIDTH, y=number // 2 * HEIGHT)
        chart = timeseries.Panel().title(each.title).unit(each.unit).min(0).grid_pos(place)
        chart.datasource(DataSourceRef(type_val="prometheus", uid=SOURCE))
        chart.id(number + 1).legend(VizLegendOptions().show_legend(True))
        for letter, (legend, promql) in zip("ABCDEFGH", each.lines.items(), strict=False):
            query = prometheus.Dataquery().expr(promql).legend_format(legend)
            chart.with_target(query.ref_id(letter))
        board.with_panel(chart)
    return board.build()


if __name__ == "__main__":
    for file, text in documents().items():
        (FOLDER / file).write_text(text)
