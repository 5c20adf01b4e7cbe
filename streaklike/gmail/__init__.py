"""All that knows Google: credentials, the client, pacing, the form of messages, errors, push."""
