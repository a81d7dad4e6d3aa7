"""The chart of an incident's flow: six cycles that light together, and what goes from one to another."""
