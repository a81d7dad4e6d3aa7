"""Watchroom: one room in which a software team runs its real incidents and practises them in simulated ones."""

__version__ = "0.1.0"
