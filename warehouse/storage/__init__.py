"""The tables: where they are, how they are written, and what is kept about each write."""
