"""Metal or non-metal from composition alone, by logistic regression."""
