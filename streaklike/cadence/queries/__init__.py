"""Reads what evaluation stored, for pages, digest and commands: the review queue, flags, hints, due items."""
