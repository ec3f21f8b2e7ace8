"""A stack whose processes reach each other over links of ours, so that each link can be broken by itself.

PostgreSQL lies on a disk that can be filled, where this machine lets us mount one.
"""

from pathlib import Path
from typing import Any

from stack.embedded import postgres
from stack.services import PRODUCT
from stack.supervisor import Stack
from tests.chaos.links import Links
from tests.chaos.small_disk import SmallDisk
from tests.conftest import free_port

TO_DATABASE = PRODUCT
TO_DIRECTORY = ("web", "oidc")
TO_PROVIDER = ("web", "notifications")


class WiredStack(Stack):
    """As `Stack`; `links` has each link by name, such as "web to postgres".

    On the native servers the broker and Keycloak are reached directly: both tell their clients their own address.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        self.links, self.door = Links(), free_port()
        self.disk = SmallDisk(postgres.data_folder(folder.resolve()))
        super().__init__(folder, env={"DM_PUBLIC_URL": f"http://127.0.0.1:{self.door}"}, **options)

    def stop(self) -> None:
        """Ends every process, then the links and the disk."""
        super().stop()
        self.links.close()
        self.disk.close()

    def _start_all(self) -> None:
        self.links.join_up("browser to web", self.door, self.ports["web"])
        for client in TO_DATABASE:
            self._lead(client, "postgres", "DM_DATABASE_URL", "postgresql://{}/dundermifflin")
        for client in TO_DIRECTORY:
            if client in self.processes and self.processes[client].plan.env:
                self._lead(client, "ldap", "DM_LDAP_URL", "ldap://{}")
        if self.servers.NAME == "embedded":
            for client in TO_PROVIDER:
                self._lead(client, "oidc", "DM_OIDC_INTERNAL_BASE", "http://{}")
            self._hide_broker()
        super()._start_all()

    def _lead(self, client: str, server: str, setting: str, address: str) -> None:
        port = self.links.join_up(f"{client} to {server}", free_port(), self.ports[server])
        plan = self.processes[client].plan
        plan.env = {**plan.env, setting: address.format(f"127.0.0.1:{port}")}

    def _hide_broker(self) -> None:
        """The broker listens elsewhere and says that it is where everybody looks for it: at the link."""
        known, hidden = self.ports["kafka"], free_port()
        plan = self.processes["kafka"].plan
        place = plan.command.index("--listener-url") + 1
        plan.command = [
            *plan.command[:place],
            f"tcp://127.0.0.1:{hidden}",
            *plan.command[place + 1 :],
        ]
        self._let_go("kafka")
        self.links.join_up("all to kafka", known, hidden)
