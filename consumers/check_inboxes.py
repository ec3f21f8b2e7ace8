"""`python -m consumers.check_inboxes`: check that everyone's counts, rows and feed agree.

Exits with 1 if they differ.
"""

import sys

from models.notifications.checking import find_faults
from models.shared.database import transaction


def main() -> int:
    """Check everything in one database snapshot, so that it may run while people work."""
    with transaction("notifications", actor="service:notifications") as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        faults = find_faults(session)
    said = [*faults, f"{len(faults)} faults"] if faults else ["Counts, rows and feed agree."]
    sys.stdout.write("\n".join(said) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
