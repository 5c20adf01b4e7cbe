"""The commands: arguments in, sentences and JSON out. The composition root, beside app.py and jobs/."""
