"""The telemetry pages: what they say (`pages`), and how they are mounted anywhere (`mount`)."""
