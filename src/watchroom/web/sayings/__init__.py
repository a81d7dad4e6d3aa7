"""What each kind of fact says in a timeline, by subject."""
