"""What people see and read, made by plain functions: sheets, embeds, pictures, controls, sentences."""
