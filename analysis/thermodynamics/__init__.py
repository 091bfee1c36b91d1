"""What a fitted cluster expansion does at a temperature: Monte Carlo and what follows from it."""
