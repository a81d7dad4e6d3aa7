"""Watchroom: one room in which a software team runs its real incidents and practises them in simulated ones."""

import os

# numpy reads it when it is first imported, wherever that is. Its arithmetic here is on small arrays, which a pool of
# threads on a busy machine makes many times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
