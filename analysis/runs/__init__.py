"""Runs: what decides one, what it left, how two differ, and how one is made again."""
