"""Makes the commands in `infra`, which are no package, importable."""

import sys

from localstack.settings import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "infra"))
