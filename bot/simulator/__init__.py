"""A stand-in for the platforms.

It signs, encrypts and calls the real endpoints, and answers the real API calls.
"""
