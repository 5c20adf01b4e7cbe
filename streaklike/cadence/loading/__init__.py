"""Loads what the rules need, set-based. Reads the database and never writes it."""
