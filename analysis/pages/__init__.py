"""How a page is written: its figures, its script and style, its downloads."""
