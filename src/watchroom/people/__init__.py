"""Who there is: persons, the directory, and the credentials by which they are known."""
