"""An incident's report to take away: its content and its forms."""
