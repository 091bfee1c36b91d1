"""Materials and their elements: compositions, labels and the benchmarks' official folds."""
