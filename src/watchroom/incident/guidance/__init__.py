"""Guidance: the question that a good colleague would ask, for the person who looks, in their role, now."""
