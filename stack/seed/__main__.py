"""`python -m stack.seed`: fill the migrated database that `DM_DATABASE_URL` names."""

import gc
import sys

from stack.seed import seed

gc.freeze()  # imported modules are never garbage
gc.set_threshold(50_000, 20, 20)
sys.exit(None if seed(tell=print) else "There are already orders; nothing was changed.")
