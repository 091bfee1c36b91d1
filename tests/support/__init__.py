"""What tests of several folders share: small warehouses, servers on loopback, a browser."""
