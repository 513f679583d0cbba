"""The REST door of the service: endpoints that parse, call one use case and shape the reply."""
