"""One message understood: addresses, kinds, subjects, quotes, bodies, mbox. No Google, no database."""
