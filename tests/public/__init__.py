"""The public pages: articles, the status page and the feed."""
