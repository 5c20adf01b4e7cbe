"""The demo: what the colleagues of the story (`demo_story`) did by hand in streaklike."""
