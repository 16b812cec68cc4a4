"""What an assistant says it has done: found in its words, so that it can be held to it."""
