"""Sync of Gmail mailboxes and import of mail files: planning, fetching, ingest, and the completeness proof."""
