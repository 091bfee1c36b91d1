"""Tests of the study of any property."""
