"""Stability: convex hulls of all chemical systems, and what falls apart into what."""
