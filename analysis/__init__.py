"""Fits and judges models on the warehouse's marts, and writes what it finds back and into pages."""
