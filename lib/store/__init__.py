"""Where the rows are kept: one contract, several adapters. Knows no clause and no screen."""
