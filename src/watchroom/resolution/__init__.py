"""The fourth cycle. Begins when impact is mitigated; must survive failure."""
