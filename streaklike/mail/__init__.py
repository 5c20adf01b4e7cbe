"""Parsing of a single message: addresses, kinds, subjects, quotes, bodies, mbox. No Google, no database."""
