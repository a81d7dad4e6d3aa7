"""Everything that speaks HTTP: the API, the pages, the live streams."""
