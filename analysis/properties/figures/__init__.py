"""Figures of a property: how good the model is, what its settings do, what its weights say."""
