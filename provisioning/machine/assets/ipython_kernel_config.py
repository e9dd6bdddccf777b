"""IPython's configuration for notebooks.

Plots appear in the notebook: ipykernel chooses matplotlib's inline backend by itself when
pyplot is imported. Naming it here as `InteractiveShellApp.matplotlib` would import
matplotlib into every kernel as it starts.
"""

from traitlets.config import get_config

c = get_config()

c.InlineBackend.figure_formats = {"retina"}
