"""What the policy says, as data: categories, rules in six languages, numbers to dial."""
