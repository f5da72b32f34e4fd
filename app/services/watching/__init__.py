"""The rules of the watch: pure questions about days, columns and dates, each answered without a database."""
