"""Models of numbers and of classes with the same verbs, for all that asks both."""
