"""Who is a contact or a candidate, since when and by which name (R7, R9, R10)."""
