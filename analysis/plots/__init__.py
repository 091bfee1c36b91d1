"""Pictures of any query: the kind is guessed, labels and units come from the dictionary."""
