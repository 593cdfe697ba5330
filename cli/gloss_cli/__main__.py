"""``python -m gloss_cli``, where the ``gloss`` script is not on the path."""

from gloss_cli.main import app

app(prog_name="gloss")
