"""What watching costs, measured; ``make bench`` runs them all."""
