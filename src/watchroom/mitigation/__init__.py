"""The second cycle. Goal: stop customer impact, by people in roles who form theories and try interventions."""
