"""The set-up of a new install: five parts, each of which can be put off, and where somebody stands."""
