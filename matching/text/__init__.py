"""Reading one message: amounts, dates, places, contacts and bids, each by a small hand-made grammar."""
