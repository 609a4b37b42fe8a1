"""Nothing heavy is imported until a module that needs it is."""

import subprocess
import sys

import pytest

HEAVY = {"matplotlib", "scipy", "sklearn", "torch"}
ALLOWED = {
    "linreg": set(),
    "linreg.checks": {"numpy"},
    "linreg.data": {"numpy"},
    "linreg.scaling": {"numpy"},
    "linreg.scratch": {"numpy"},
    "linreg.regularization": {"numpy"},
    "linreg.closed_form": {"numpy"},
    "linreg.convergence": {"numpy"},
    "linreg.uncertainty": {"numpy", "scipy"},
    "linreg.through_origin": {"numpy", "scipy"},
    "linreg.hypotheses": {"numpy", "scipy"},
    "linreg.weighting": {"numpy", "scipy"},
}


@pytest.mark.parametrize(("module", "allowed"), ALLOWED.items(), ids=ALLOWED)
def test_a_module_brings_along_only_what_it_needs(module, allowed):
    code = (
        f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert set(run.stdout.split()) & (HEAVY | {"numpy"}) == allowed
