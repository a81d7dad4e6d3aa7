"""One incident as the six cycles' states together, and the one path by which it is written."""
