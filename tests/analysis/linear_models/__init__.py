"""Tests of the solvers of numbers and classes."""
