"""Signals coming in over HTTP: the hot path, and the protocols of those who send."""
