"""Nothing heavy is imported until a module that needs it is."""

import importlib.metadata
import importlib.resources
import runpy
import subprocess
import sys
from importlib.util import find_spec

import pytest

import linreg

HEAVY = {"matplotlib", "scipy", "sklearn", "torch"}
ALLOWED = {
    "linreg": set(),
    "linreg.checks": {"numpy"},
    "linreg.data": {"numpy"},
    "linreg.scaling": {"numpy"},
    "linreg.scratch": {"numpy"},
    "linreg.regularization": {"numpy"},
    "linreg.closed_form": {"numpy"},
    "linreg.through_origin": {"numpy"},
    "linreg.convergence": {"numpy"},
    "linreg.uncertainty": {"numpy", "scipy"},
    "linreg.collinearity": {"numpy"},
    "linreg.categories": {"numpy"},
    "linreg.moments": {"numpy"},
    "linreg.hypotheses": {"numpy", "scipy"},
    "linreg.weighting": {"numpy", "scipy"},
    "linreg.words": set(),
    "linreg.text_files": set(),
    "linreg.delimited": set(),
    "linreg.cell_values": {"numpy"},
    "linreg.units": set(),
    "linreg.columns": {"numpy"},
    "linreg.headers": {"numpy"},
    "linreg.decimal_marks": {"numpy"},
    "linreg.tables": {"numpy"},
    "linreg.descriptions": {"numpy"},
    "linreg.feature_coding": {"numpy"},
    "linreg.design_matrix": {"numpy", "scipy"},
    "linreg.new_rows": {"numpy", "scipy"},
    "linreg.splits": {"numpy", "scipy"},
    "linreg.column_names": {"numpy"},
    "linreg.suggestions": {"numpy"},
    "linreg.reading_questions": {"numpy"},
    "linreg.questions": {"numpy", "scipy"},
    "linreg.answers": {"numpy", "scipy"},
    "linreg.comparison": {"numpy", "scipy"},
    "linreg.residual_tests": {"numpy", "scipy"},
    "linreg.single_rows": {"numpy", "scipy"},
    "linreg.table_warnings": {"numpy", "scipy"},
    "linreg.row_warnings": {"numpy", "scipy"},
    "linreg.diagnosis": {"numpy", "scipy"},
}


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


def loaded_by(statement):
    code = f"import sys; {statement}; print(*{{n.split('.')[0] for n in sys.modules}})"
    result = run(code)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split()) & (HEAVY | {"numpy"})


@pytest.mark.parametrize(("module", "allowed"), ALLOWED.items(), ids=ALLOWED)
def test_a_module_brings_along_only_what_it_needs(module, allowed):
    assert loaded_by(f"import {module}") == allowed


@pytest.mark.parametrize("name", sorted(linreg.__all__))
def test_functions_can_be_imported_by_name(name):
    function = getattr(linreg, name)
    assert getattr(sys.modules[function.__module__], name) is function


def test_all_names_together_bring_along_nothing_but_numpy():
    assert loaded_by("from linreg import *; train") == {"numpy"}


def test_the_version_is_that_of_the_distribution():
    assert linreg.__version__ == importlib.metadata.version("linreg")


def test_an_unknown_name_is_refused_as_by_any_module():
    with pytest.raises(AttributeError, match=r"^module 'linreg' has no attribute"):
        linreg.fit  # noqa: B018


@pytest.mark.parametrize(
    ("module", "library", "name"),
    [
        ("linreg.estimator", "sklearn", "scikit-learn"),
        ("linreg.torch_model", "torch", "PyTorch"),
    ],
)
def test_a_missing_library_is_named_with_what_to_install(
    monkeypatch, module, library, name
):
    monkeypatch.setitem(sys.modules, library, None)
    match = rf'^{module} needs {name}: pip install "linreg\[lessons\]"$'
    with pytest.raises(ModuleNotFoundError, match=match):
        runpy.run_path(find_spec(module).origin)


def test_the_types_of_the_package_are_for_others_too():
    assert importlib.resources.files("linreg").joinpath("py.typed").is_file()
