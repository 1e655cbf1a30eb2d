"""Window plans: what history asks for, a proposal under the hall's rules, its judgement, its life."""
