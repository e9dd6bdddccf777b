"""Start a Python kernel: `kernel.py OPTION...` with the options of `ipykernel_launcher`.

The kernels' Python runs this program. `python -m` would take the notebook's folder into its import
path before anything else, and a file `threading.py` beside the notebook would end the kernel.
IPython itself adds the folder later, after the standard library.
"""

import sys

if __name__ == "__main__":
    del sys.path[0]  # the folder of this program

    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
