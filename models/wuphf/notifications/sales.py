"""Notifications about clients and leads."""

import msgspec

from models.wuphf.notifications.shape import (
    CLIENT,
    LEAD,
    MANAGERS,
    OFFICE,
    SEE_LEADS,
    HeardBy,
    Settling,
    Settlings,
    Telling,
    Tellings,
    Words,
)


class ClientFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a client."""

    client_number: str
    name: str
    owner: str


class StandingFact(ClientFact, frozen=True, kw_only=True):
    """The fields that wuphf reads of a client that was deactivated or reactivated."""

    reason: str = ""


class LeadFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a lead that was assigned, or whose next step is due."""

    lead_number: str
    company: str
    owner: str
    step: str = ""
    note: str = ""

    @property
    def what(self) -> str:
        """What is to be done, as the beginning of a sentence."""
        return {"call": "Call", "mail": "Email", "quote": "Send a quote to"}.get(self.step, "Meet")


class ConvertedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a lead that became a client."""

    company: str
    client_number: str
    owner: str
    expected_value: str

    @property
    def total(self) -> str:
        """The expected value, in US dollars."""
        return self.expected_value


TELLINGS: Tellings = {
    "dm.sales.client.created.v1": (
        ClientFact,
        (
            Telling(
                "client_created",
                "clients",
                ("owner",),
                CLIENT,
                ("client_number", "name"),
            ),
        ),
    ),
    "dm.sales.lead.assigned.v1": (
        LeadFact,
        (Telling("lead_assigned", "leads", ("owner",), LEAD, ("lead_number", "company")),),
    ),
    "dm.sales.lead.step_due.v1": (
        LeadFact,
        (
            Telling(
                "lead_step_due",
                "leads",
                ("owner",),
                LEAD,
                ("lead_number", "company", "what", "note"),
                answers=True,
                warns=True,
            ),
        ),
    ),
    "dm.sales.lead.converted.v1": (
        ConvertedFact,
        (
            Telling(
                "lead_converted",
                "clients",
                ("manager",),
                CLIENT,
                ("client_number", "company", "total"),
            ),
        ),
    ),
    "dm.sales.client.deactivated.v1": (
        StandingFact,
        (
            Telling(
                "client_deactivated",
                "clients",
                ("owner", MANAGERS),
                CLIENT,
                ("client_number", "name", "reason"),
                warns=True,
            ),
        ),
    ),
    "dm.sales.client.reactivated.v1": (
        StandingFact,
        (
            Telling(
                "client_reactivated",
                "clients",
                ("owner", MANAGERS),
                CLIENT,
                ("client_number", "name"),
            ),
        ),
    ),
}

SETTLINGS: Settlings = {
    "dm.sales.lead.step_settled.v1": (
        LeadFact,
        (Settling(("lead_step_due",), LEAD, "The step was done or rescheduled", by_itself=True),),
    ),
    "dm.sales.client.reactivated.v1": (
        StandingFact,
        (Settling(("client_deactivated",), CLIENT, "reactivated the client"),),
    ),
}

HEARD_BY: HeardBy = {"dm.sales.lead.": SEE_LEADS, "dm.sales.client.": OFFICE}
WORDS = {
    "client_created": Words(
        "building-store",
        "info",
        "<b>{actor}</b> created client <b>{name}</b>",
        "{subject} · you are the owner",
        "{} new clients",
    ),
    "lead_assigned": Words(
        "target-arrow",
        "info",
        "<b>{actor}</b> assigned you the lead <b>{company}</b>",
        "{subject}",
        "{} leads were assigned to you",
    ),
    "lead_step_due": Words(
        "calendar-event",
        "wait",
        "{what} <b>{company}</b>",
        "{subject} · next step is due{remark}",
        "{} next steps are due",
    ),
    "lead_converted": Words(
        "target-arrow",
        "good",
        "<b>{actor}</b> converted <b>{company}</b> to a client",
        "{subject} · expected value {total}",
    ),
    "client_deactivated": Words(
        "ban",
        "wait",
        "<b>{actor}</b> deactivated <b>{name}</b>",
        "{subject} · “{reason}”",
    ),
    "client_reactivated": Words(
        "building-store",
        "good",
        "<b>{actor}</b> reactivated <b>{name}</b>",
        "{subject} · they can order again",
    ),
    # Nobody is told of it any more; old inboxes still have it.
    "delivery_address": Words(
        "truck", "info", "New ship-to address: <b>{name}</b>", "{place} · {subject}"
    ),
}
