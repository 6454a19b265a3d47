"""The condition of each rule: a pure function from a day to a verdict, in the rulebook's groups."""
