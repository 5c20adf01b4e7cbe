"""From Gmail to rows: what to fetch, in which order, how to store a page with its cursor, and the proof."""
