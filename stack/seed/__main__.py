"""`python -m stack.seed [ORDERS]`: fill the migrated database that `DM_DATABASE_URL` names."""

import gc
import sys

from stack.seed import seed
from stack.seed_cache import ORDERS

gc.freeze()  # imported modules are never garbage
gc.set_threshold(50_000, 20, 20)
orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
sys.exit(
    None if seed(tell=print, orders=orders) else "There are already orders; nothing was changed."
)
