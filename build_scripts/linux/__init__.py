"""Linux's installers of the client, deb and rpm, and their trial in a bare system."""
