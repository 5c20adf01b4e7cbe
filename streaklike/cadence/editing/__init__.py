"""Edits of the policy by users, each validated and recorded as one event."""
