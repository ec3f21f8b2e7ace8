"""The worker's garbage: full collections keep out of the way, and still come."""

import subprocess
import sys

from tests.conftest import ROOT

SCRIPT = """
import gevent.monkey
gevent.monkey.patch_all()
import gc, time, weakref
from webapp.gateway.process import worker

class Ring:
    def __init__(self):
        self.me = self

def full():
    return gc.get_stats()[2]["collections"]

def fill():
    return [[] for _ in range(2_000_000)]

before = full()
kept = fill()
assert full() > before, "left alone, Python collects in full while so much is made"
del kept
worker.collect_seldom(every=1)
before, kept = full(), fill()
assert full() == before, "nobody is held up by a full collection"
ring = weakref.ref(Ring())
gc.collect(0), gc.collect(1)
until = time.monotonic() + 60
while full() == before and time.monotonic() < until:
    time.sleep(0.1)
assert full() > before and ring() is None, "it comes when it is due"
"""


def test_full_collections_come_when_they_are_due_and_at_no_other_time() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
