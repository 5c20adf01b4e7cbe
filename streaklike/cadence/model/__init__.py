"""Plain values shared by all of cadence: a contact's history, and when its evaluation next changes."""
