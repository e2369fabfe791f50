"""One module per revision; `down_revision` says which comes before. There is no way down."""
