"""The inbox: what waits for a judgement, filters, and a judgement by one key or one click."""
