"""The members file: its tables, its row encoding and the writing of rows, for both ends."""
