"""Second opinions of a language model: the endpoint, and the guards around asking it.

Off unless the configuration has a section [llm]. Whatever goes wrong, the rules' reading stands.
"""
