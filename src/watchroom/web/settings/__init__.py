"""The pages on which an install is run: senders, grouping, services, profile, people."""
