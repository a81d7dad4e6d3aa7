"""The form by which support and customers report what they cannot do."""
