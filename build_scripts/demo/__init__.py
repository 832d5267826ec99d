"""The demo: a programme of its own making, and the counters that serve it."""
