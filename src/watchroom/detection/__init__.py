"""The first cycle. Goal: triage. Signals end in a decision: false alarm, slow burn, or incident."""
