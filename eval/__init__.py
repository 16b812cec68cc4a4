"""Drives the product from outside: the virtual clock, scripted callers and benchmarks."""
