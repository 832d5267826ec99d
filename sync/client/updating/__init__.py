"""New versions of the client: fetched and verified, put in place when nobody works, taken back."""
