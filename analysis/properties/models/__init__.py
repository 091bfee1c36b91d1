"""Linear models of a continuous property."""
