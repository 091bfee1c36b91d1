"""Mixing ratios of an elastic net, from little L1 to L1 alone; the pages quote them, too."""

L1_RATIOS = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SEARCHED_RATIOS = (0.2, 0.6, 1.0)
"""Mixing ratios that an elastic net chooses from in every training part. Eleven chose no better:
neighbours differ by less than the folds do."""
