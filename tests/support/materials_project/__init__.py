"""A Materials Project of our own: its real server software and Arrow schema, invented materials."""
