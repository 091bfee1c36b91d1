"""Scores of what is predicted, and what counts them."""
