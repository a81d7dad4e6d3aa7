"""Watchroom: one room in which a software team runs its real incidents and practises them in simulated ones."""

import os

# Before numpy is loaded, wherever that may be: its threads would only wait for each other on arrays of our size, and
# take their memory at each start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
