"""Pictures that are made of code: text that is measured before it is set, and SVG in the house's colours."""
