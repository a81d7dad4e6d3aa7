"""The public status page: its pages, its JSON and its feed, made once and served to anybody."""
