"""Low ratings that nobody at a desk took, carried on to where somebody sees them."""
