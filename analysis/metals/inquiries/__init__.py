"""What a study asks beyond the scores: tuning, honesty, importance, the ladder."""
