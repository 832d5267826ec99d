"""What is rolled out: built and used as IT and counters do."""
