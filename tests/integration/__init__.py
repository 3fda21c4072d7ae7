"""The promises of the interface, each kept by a real pip in a real environment, without any network."""
