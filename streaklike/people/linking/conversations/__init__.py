"""Groups messages into conversations (R23, R24), and merges, splits or retires conversations."""
