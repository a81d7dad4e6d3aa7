"""What operators and machines ask: alive, ready, counted."""
