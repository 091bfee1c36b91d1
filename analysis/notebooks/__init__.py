"""Notebooks for exploring a finished warehouse; `make notebook` opens them."""
