"""Minimisers of losses with penalties, of numbers and of classes."""
