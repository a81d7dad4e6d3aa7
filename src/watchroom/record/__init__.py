"""The append-only record: events, their chain of digests, the stores that keep them, and what is projected from
them."""
