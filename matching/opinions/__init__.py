"""Second opinions: what the rules doubt, how a language model is asked, and what its word is worth.

The model points at words; every value is computed by our own grammar. Nothing here asks anybody:
a doubt is a value, an answer is a text that is checked against it, an opinion is what passed.
"""
