"""A member's morning mail: what waits for them, claimed once a day, sent once or said to be unclear."""
