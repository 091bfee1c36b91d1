"""What a fitted model says of formulas, in words and numbers."""
