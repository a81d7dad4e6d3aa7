"""Who comes in and who is here: signing in, one's own account, people, teams, invitations, roles, and the audit log."""
