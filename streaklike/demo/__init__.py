"""A made-up small NGO in Taiwan, and a Gmail API server on loopback that tells its story."""
