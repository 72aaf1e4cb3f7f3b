"""What the product does, without a framework or a client."""
