"""What follows from stored mail: conversations, kinds, contacts, names. `link` is the way in; it works page by page."""
