"""Pictures: for each kind one file with a function from a sheet to SVG, and one file that turns SVG into PNG."""
