"""How what was found is said, on pages and in mail alike: texts in two languages, times, reasons, freshness."""
