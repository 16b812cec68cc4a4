"""Calls over SIP: the signalling and media of one process, and what its calls are made of."""
