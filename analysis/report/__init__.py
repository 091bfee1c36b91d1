"""The report: every page, and `metrics.json`."""
