"""The fifth cycle. Begins at closure; whether a review is held is a deliberate decision."""
