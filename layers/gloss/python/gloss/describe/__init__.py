"""What an image's text is, who writes it, and which text wins."""
