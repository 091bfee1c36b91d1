"""Figures of the page on temperatures, each with its query."""
