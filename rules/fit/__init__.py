"""Which platform of AWS fits what was measured: limits, figures, scores, capacity, a plan."""
