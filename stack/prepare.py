"""`python -m stack.prepare`: roles, schemas and migrations on the server that DM_ADMIN_DSN names. Safe to run again."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config

from stack.database import create_roles_and_schemas

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Brings the database to this version of the code."""
    create_roles_and_schemas(os.environ["DM_ADMIN_DSN"])
    command.upgrade(Config(str(ROOT / "migrations/alembic.ini")), "head")


if __name__ == "__main__":
    main()
