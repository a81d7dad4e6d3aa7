"""Search over everything: its page, what the box in the head offers, and the API's list."""
