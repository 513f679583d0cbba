"""Routing's only IO: databases, brokers, files and the leaf packages, each behind a port."""
