"""The figures of the page on metals."""
