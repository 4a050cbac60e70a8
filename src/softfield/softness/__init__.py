"""Where a glass is soft: coarse-graining, soft spots, indicators, scores of a glass."""
