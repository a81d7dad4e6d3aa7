"""Writing an update: the editor for each audience, its words looked at while one types, and once more on leaving."""
