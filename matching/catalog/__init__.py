"""Finding the service somebody means, and the providers who can do it."""
