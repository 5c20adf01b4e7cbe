"""All that knows the database: models by subject, the engine, sessions and migrations."""
