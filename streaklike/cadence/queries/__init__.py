"""Queries of stored evaluation results, for pages, digest and commands: the review queue, flags, hints, due items."""
