"""Live streams: what is new is sent to whoever looks."""
