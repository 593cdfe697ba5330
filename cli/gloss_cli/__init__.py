"""The ``gloss`` command: the public API of an installation from a terminal or a script."""
