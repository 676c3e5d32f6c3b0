"""Pictures of what the engine does. matplotlib is imported when one is drawn, never before."""

from .graph import draw_graph
