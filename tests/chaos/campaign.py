"""One campaign: people work while faults hit, one after the other or two at once, and when all is
quiet it is checked.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field

import psycopg

from tests.chaos import faults as breaking
from tests.chaos.anomalies import Anomaly
from tests.chaos.checking_events import Carried, check_events, check_topics
from tests.chaos.checking_state import check_deeds, check_rebuild, check_records
from tests.chaos.deeds import Deed, plan_deeds
from tests.chaos.faults import Fault, Injected
from tests.chaos.office import Office, await_known, furnish, settings_of
from tests.chaos.positions import Positions
from tests.chaos.settling import Meter, Quiet
from tests.chaos.topics import read_topics
from tests.chaos.watch import (
    FORBIDDEN,
    GUARD,
    LEAVER,
    READER,
    TEAM,
    TEAMS_PAGE,
    BellOnlooker,
    PagesOnlooker,
    RightsOnlooker,
    SessionOnlooker,
    await_entry,
    await_refusal,
    take_out_of_team,
)
from tests.chaos.wiring import WiredStack

TWO_AT_ONCE = 0.2  # chance that the next fault comes together with the one after it
Say = Callable[[str], None]


@dataclass
class Result:
    """All that a campaign has to tell."""

    seed: int
    injected: list[Injected] = field(default_factory=list)
    history: list[Deed] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    records: dict[str, int] = field(default_factory=dict)
    carried: Carried = field(default_factory=lambda: Carried(0, 0))
    looks: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class Campaign:
    """`orders` orders and all that goes with them, `faults` in this order, on a running stack."""

    def __init__(
        self, stack: WiredStack, seed: int, orders: int, faults: list[Fault], say: Say
    ) -> None:
        self.stack, self.faults, self.say = stack, faults, say
        self.chance, self.result = random.Random(f"order of things {seed}"), Result(seed)
        self.deeds = list(plan_deeds(random.Random(f"deeds {seed}"), f"C{seed}", orders))
        self.quiet, self.run_name = Quiet(stack), f"seed {seed}"

    def run(self) -> Result:
        """Does it all."""
        began = time.monotonic()
        with settings_of(self.stack) as dsn:
            client = furnish()
            await_known(dsn)
            office = Office(
                self.stack.url, self.stack.settings_env["DM_OIDC_ISSUER"], client, self.result.seed
            )
            with self._watched():
                office.open()
                self._break_things(office)
                self._come_to_rest(office)
            self.result.history = office.history
            self._check(dsn, office)
        self.result.seconds = time.monotonic() - began
        return self.result

    def _break_things(self, office: Office) -> None:
        rounds = list(self._rounds())
        for place, together in enumerate(rounds):
            first, last = (
                len(self.deeds) * place // len(rounds),
                len(self.deeds) * (place + 1) // len(rounds),
            )
            for deed in self.deeds[first:last]:
                office.ask(deed)
            self._inject(together)

    def _rounds(self) -> Iterator[list[Fault]]:
        left = list(self.faults)
        while left:
            count = 2 if len(left) > 1 and self.chance.random() < TWO_AT_ONCE else 1
            yield left[:count]
            left = left[count:]

    def _inject(self, together: list[Fault]) -> None:
        time.sleep(self.chance.uniform(0.0, 0.6))  # somewhere in the middle of what people do
        at = time.monotonic()
        only_the_provider = all(
            fault.target in ("oidc", "web to oidc") and fault.seconds for fault in together
        )
        only_frozen = [fault.how for fault in together] == [breaking.UNDER_PAGES]
        with (
            self.sessions.provider_away() if only_the_provider else nullcontext(),
            self.pages.database_frozen() if only_frozen else nullcontext(),
        ):
            hits = [threading.Thread(target=self._hit, args=(fault,)) for fault in together]
            for hit in hits:
                hit.start()
            for hit in hits:
                hit.join()
        recovered, anomalies = self.quiet.await_recovery()
        self.result.anomalies += anomalies
        self.result.injected += [
            Injected(fault, at, recovered, len(together) > 1) for fault in together
        ]
        self.say(
            f"{' and '.join(map(str, together))}: recovered in {recovered:.1f} s"
            + "".join(f"\n    {anomaly}" for anomaly in anomalies)
        )

    def _hit(self, fault: Fault) -> None:
        try:
            breaking.HOW[fault.how](self.stack, fault)
        except (psycopg.Error, OSError, ValueError) as error:
            self.say(
                f"{fault} found nothing to hit: {type(error).__name__}"
            )  # the other of two was there first

    def _come_to_rest(self, office: Office) -> None:
        office.await_quiet()
        office.close()
        for _ in range(2):  # what was recorded while the first wait ended
            _, anomalies = self.quiet.await_recovery()
            self.result.anomalies += anomalies

    @contextmanager
    def _watched(self) -> Iterator[None]:
        url, bell = self.stack.url, BellOnlooker(self.stack.url, "jim.halpert")
        self.sessions = SessionOnlooker(url, "creed.bratton")
        self.pages = PagesOnlooker(url, READER)
        guards = [RightsOnlooker(url, GUARD, FORBIDDEN), *self._those_who_left()]
        meter, positions = Meter(self.stack), Positions(self.quiet.dsn)
        for thread in (bell, self.sessions, self.pages, *guards, meter, positions):
            thread.start()
        with ExitStack() as after:
            after.callback(lambda: self.result.records.update(meter.stop()))
            for onlooker in (bell, self.sessions, self.pages, *guards, positions):
                after.callback(
                    lambda onlooker=onlooker: self.result.anomalies.extend(onlooker.stop())
                )
            yield
            self._hear_the_bell_out(bell)
        self.result.looks = {
            "pages that are not for the asker, refused": sum(guard.refused for guard in guards),
            "pages of a session while only the provider was away": self.sessions.seen_while_away,
            "pages that said in time that PostgreSQL stands still": self.pages.told,
            "times that all positions were read": positions.reads,
            "entries of the feed pushed": bell.heard,
            "times that the stream was resumed": max(bell.looks - 1, 0),
        }

    def _those_who_left(self) -> list[RightsOnlooker]:
        """Somebody whose token still says what the directory says no more."""
        if self.stack.servers.NAME != "embedded":
            return []
        one = RightsOnlooker(self.stack.url, LEAVER, (TEAMS_PAGE,))
        await_entry(one, TEAMS_PAGE)
        take_out_of_team(self.stack, LEAVER, TEAM)
        await_refusal(one, TEAMS_PAGE)
        return [one]

    def _hear_the_bell_out(self, bell: BellOnlooker) -> None:
        with psycopg.connect(self.quiet.dsn) as connection:
            row = connection.execute(
                "SELECT n, unseen FROM notifications.inbox_counter WHERE recipient = %s",
                [bell.browser.uid],
            ).fetchone()
        if row is None or bell.last is None:
            return
        try:
            self.stack.wait_until(lambda: bell.last is not None and bell.last >= row[0], 60)
        except TimeoutError:
            self.result.anomalies.append(
                Anomaly(
                    "unseen", f"the stream of {bell.browser.uid} ends at {bell.last} of {row[0]}"
                )
            )
        if bell.last == row[0] and bell.heard and bell.count != row[1]:
            self.result.anomalies.append(
                Anomaly("wrong total", f"the bell said {bell.count}, the inbox counts {row[1]}")
            )

    def _check(self, dsn: str, office: Office) -> None:
        found = self.result.anomalies
        for one in office.people:
            found += [Anomaly("lost input", words) for words in one.browser.trouble.lost_input]
        found += [
            Anomaly("unavailable", f"{deed.kind} {deed.mark} of {deed.by}: {deed.why}")
            for deed in office.history
            if deed.outcome == "unknown"
        ]
        with psycopg.connect(dsn, autocommit=True) as connection:
            found += (
                check_events(connection)
                + check_deeds(connection, office.history)
                + check_records(connection)
            )
            found += check_rebuild(connection)
            self.result.carried, lying = check_topics(
                connection, read_topics(self.stack.settings_env["DM_KAFKA_BOOTSTRAP"])
            )
            found += lying
        self.result.looks |= {
            "forms and calls sent again for want of a clear answer": sum(
                each.trouble.unclear for each in office.browsers()
            ),
            "sessions lost": sum(each.trouble.lost_sessions for each in office.browsers()),
            "forms that were kept and shown again whole": sum(
                each.trouble.kept_forms for each in office.browsers()
            ),
        }
