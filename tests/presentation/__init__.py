"""How a board looks: from the sample's figures, and from anything else that the source could send."""
