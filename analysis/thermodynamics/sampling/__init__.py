"""Sampling of phases: ladders of temperatures in the engine's lanes, until averages stand."""
