"""Logistic regression and its solver."""
