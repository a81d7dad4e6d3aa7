"""Clock, chance, errors and the shape of a command: what every other package may lean on, and which leans on none."""
