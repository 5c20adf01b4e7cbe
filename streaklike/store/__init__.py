"""The database layer: models by subject, the engine, sessions and migrations."""
