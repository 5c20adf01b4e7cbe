"""Derives conversations, kinds, contacts and names from stored mail. The entry point is `link`, called per batch."""
