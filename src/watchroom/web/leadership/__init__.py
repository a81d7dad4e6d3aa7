"""The leadership page: what an incident means for the business, and one box to the commander."""
