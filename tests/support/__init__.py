"""What the integration tests stand on: packages of our own, interpreters, pips, environments."""
