"""What the Gmail sidebar shows: one view model, rendered as a page."""
