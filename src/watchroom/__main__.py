"""`python -m watchroom` is the `watchroom` command."""

import sys

from watchroom.cli import main

sys.exit(main())
