"""Finding images by meaning, words, colour and likeness."""
