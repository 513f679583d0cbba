"""What goes over the wire: one module a resource."""
