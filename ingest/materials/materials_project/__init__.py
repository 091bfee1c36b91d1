"""The live Materials Project: its API, its public Delta table, and the account of a pull."""
