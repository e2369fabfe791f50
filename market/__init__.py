"""The market decides: pure rules and values, standard library only, no clock and no chance."""
