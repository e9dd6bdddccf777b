"""IPython's configuration for notebooks.

Plots appear in the notebook without a setting here: ipykernel chooses matplotlib's inline backend
when pyplot is imported. `InteractiveShellApp.matplotlib` would import matplotlib at the start of
every kernel.
"""

from traitlets.config import get_config

c = get_config()

c.InlineBackend.figure_formats = {"retina"}
