"""The built-in protocols, one module each; `domain.protocol_library` gathers them."""
