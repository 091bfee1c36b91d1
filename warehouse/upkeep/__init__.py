"""Rare work: checks, differences, licences, the quarantine, and the way back from damage."""
