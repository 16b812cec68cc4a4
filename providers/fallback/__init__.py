"""Chains of engines: when one fails in the middle of a call, the next does its work over.

`breaker` decides when an engine is trusted again, `health` keeps that for the whole process, and
`brain`, `ears` and `voice` are the chains of the three slots, each an engine like any other.
"""
