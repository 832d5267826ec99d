"""A real server under load: counters and desks by the thousand, in processes of their own."""
