"""`/patterns`: each panel in each state, from an example's facts."""
