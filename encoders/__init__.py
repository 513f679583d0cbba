"""Text to issue types, with honest confidence: a leaf package that knows nothing of the service."""
