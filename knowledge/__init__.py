"""What the assistant knows: topics, people and opening hours, and how a question finds them."""
