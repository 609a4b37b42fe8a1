"""A second subject: how odds and chances belong together."""
