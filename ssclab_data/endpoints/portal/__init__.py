"""Serve the page that people look at, and a landing page for machines."""

from ssclab_data.endpoints.portal.page import routes

__all__ = ["routes"]
