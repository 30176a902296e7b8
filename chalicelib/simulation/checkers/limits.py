"""What the checkers know of the world's bounds, each with the reason why it is so large."""

from datetime import timedelta

SKEW = timedelta(seconds=30)
"""How far apart two times of one moment may be: workers' clocks differ by some seconds, and a
request of the API takes up to 25 seconds from the engine's look at the clock to its answer."""

PATIENCE = timedelta(days=1)
"""How long an outcome must have been unknown before a step may be given up or tried once more."""

AUDITED = timedelta(days=2, hours=1)
"""After so long without faults the nightly audit has looked at every open claim."""

TICKED = timedelta(minutes=20)
"""After so long without faults a step that is due was looked at: a tick, and quiet queues."""
