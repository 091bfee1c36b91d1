"""What a study asks beyond the scores: sweeps, scans, uncertainty."""
