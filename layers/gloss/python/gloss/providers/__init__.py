"""How to speak to an AI service: which one, with whose key, in what time, and what its refusals mean."""
