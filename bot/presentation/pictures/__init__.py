"""Pictures: one file for each kind, a function from a sheet to SVG; one file that turns SVG into PNG."""
