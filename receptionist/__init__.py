"""The product: it answers calls, keeps what happened and lets people set it up."""
