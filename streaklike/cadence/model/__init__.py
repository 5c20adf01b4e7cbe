"""Plain values that every other room of cadence speaks in: a contact's history, and when an answer changes next."""
