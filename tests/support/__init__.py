"""What the integration tests stand on: wheels and sdists of our own, interpreters, pips and real environments."""
