"""`python -m stack.prepare`: roles, schemas and migrations on DM_ADMIN_DSN. Safe to run again."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config

from stack.database import create_roles_and_schemas

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Bring the database up to this version of the code."""
    create_roles_and_schemas(os.environ["DM_ADMIN_DSN"])
    command.upgrade(Config(str(ROOT / "migrations/alembic.ini")), "head")


if __name__ == "__main__":
    main()
