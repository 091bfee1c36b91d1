"""Figures and tables that studies of properties and of metals share."""
