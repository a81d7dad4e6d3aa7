"""How a request comes in and an answer goes out: door, front, wire, limits, who asks, and errors."""
