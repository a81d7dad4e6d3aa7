"""Search: what was written down anywhere, found again by those who may see it."""
