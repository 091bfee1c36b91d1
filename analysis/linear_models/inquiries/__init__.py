"""What is asked of a fit beyond its scores: sweeps, elements and groups never seen, references."""
