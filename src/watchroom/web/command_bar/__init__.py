"""What is typed into the command bar, read into commands."""
