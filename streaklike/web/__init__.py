"""HTML: views by subject, templates, static files, texts in two languages."""
