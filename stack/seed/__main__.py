"""`python -m stack.seed`: fills the migrated database that `DM_DATABASE_URL` names."""

import sys

from stack.seed import seed

sys.exit(None if seed(tell=print) else "There are orders already; nothing was changed.")
