"""The pages for customers: their help pages and the status page, as files for a web server."""
