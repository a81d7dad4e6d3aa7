"""Pictures in the room: what a file really is, what of it may stay, and how it is taken in and given out."""
