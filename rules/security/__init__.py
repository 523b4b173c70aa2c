"""Who can reach the data: encryption, networks, authentication, certificates."""
