"""Commands of `python -m warehouse`, by what they are about."""
