"""The Google layer: credentials, API client, quota pacing, message format, errors, push."""
