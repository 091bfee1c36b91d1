"""What changes the error of a model of a property: descriptors, strength, penalty, samples."""
