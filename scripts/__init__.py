"""What writes generated files anew; the make verbs run it."""
