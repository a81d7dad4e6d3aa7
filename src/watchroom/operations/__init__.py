"""What the shell's commands do to a record: to a running server's by its control socket, or to one that they open."""
