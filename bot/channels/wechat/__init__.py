"""The Official Account channel of WeChat: callback, passive replies and customer-service sends."""
