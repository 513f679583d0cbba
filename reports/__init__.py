"""Self-contained report pages: one HTML file with its style and its drawings inside, and nothing that runs."""

from reports.page import Layout, layout, write_whole

__all__ = ["Layout", "layout", "write_whole"]
