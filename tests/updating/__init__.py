"""New versions: published, fetched over HTTP, put in place, taken back."""
