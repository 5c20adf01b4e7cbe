"""Read-only numbers about the team's work."""
