"""The companies that drills and demos take place in, as data: one folder each, no code."""
