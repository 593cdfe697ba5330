"""Two-step image generation: record and tokens first, pictures second."""
