"""The five lectures, slide by slide: ``python examples/lectures`` runs them (see __main__.py)."""
