"""The third cycle, parallel to all others: what is said in the room and to each audience, and when next."""
