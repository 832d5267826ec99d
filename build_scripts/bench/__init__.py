"""The figures that `./dev bench` prints, each beside what it was to reach."""
