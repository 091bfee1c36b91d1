"""Figures of the cluster-expansion page, one module for each of its questions."""
