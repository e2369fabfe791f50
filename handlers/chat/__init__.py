"""Chat: intent in, action, words out; one module per noun."""
