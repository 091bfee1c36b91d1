"""Structures and models as files of other programs."""
