"""Pictures of the lectures' subjects, one subject a file: a function draws one and returns it."""
