"""Linear regression in small functions, from the first line to a table of your own.

Read the modules in this order; each imports only earlier ones:

1. `checks`: what every function asks of its input, and what its errors say.
2. `data`: make the lesson's data and split it.
3. `scaling`: standardize, and take the weights back to the data's own units.
4. `scratch`: predict, measure, differentiate, train. NumPy only.
5. `regularization`: the same loss with a penalty on large weights.
6. `torch_model`: the same model again, in PyTorch.
7. `closed_form`: the best weights at once, without steps.
8. `uncertainty`: how far to trust them.
9. `through_origin`: the same for a line without a bias.
10. `hypotheses`: is a weight zero, are several, and what if there are many tests?
11. `weighting`: noise of unequal size, and wild points.
12. `convergence`: which learning rates work, and how fast.
13. `collinearity`: how much less is known of features that others can predict.
14. `categories`: categories and interactions as columns.
15. `words`, `text_files`, `delimited`, `cell_values`, `units`, `columns`, `headers`, `decimal_marks`, `tables`, `descriptions`: your own data from a file.
16. `feature_coding`, `design_matrix`, `new_rows`, `splits`: X and y of it, and rows to test on.
17. `column_names`, `suggestions`, `reading_questions`, `questions`, `answers`, `comparison`: what may be asked of it, and what it says.
18. `residual_tests`, `single_rows`, `table_warnings`, `row_warnings`, `diagnosis`: what makes that doubtful.
19. `estimator`: the model from scratch, as scikit-learn expects one.
20. `mini_batches`: a step after every few rows.
21. `moments`, `streaming`, `files`: least squares from more rows than fit in memory.
22. `stream_uncertainty`, `moment_descent`: intervals and training from the same moments.
23. `distributed`: the same training on several processes; a program of its own.
24. `costs`: how time and traffic grow.

What needs no more than NumPy can be imported from here, as in `from linreg import train`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the rest is imported when it is asked for
    from linreg.closed_form import least_squares, normal_equations
    from linreg.convergence import contraction_factors, curvature, largest_stable_rate
    from linreg.data import generate_data, train_val_test_split
    from linreg.mini_batches import deal_batches, train_on_batches
    from linreg.regularization import l2_gradients, l2_loss, ridge
    from linreg.scaling import (
        mean_and_std,
        standardize,
        unstandardize,
        unstandardize_weights,
    )
    from linreg.scratch import (
        gradients,
        initialize_weights,
        mean_squared_error,
        predict,
        train,
    )
    from linreg.through_origin import (
        least_squares_through_origin,
        r_squared_through_origin,
        standard_errors_through_origin,
    )

__all__ = [
    "contraction_factors",
    "curvature",
    "deal_batches",
    "generate_data",
    "gradients",
    "initialize_weights",
    "l2_gradients",
    "l2_loss",
    "largest_stable_rate",
    "least_squares",
    "least_squares_through_origin",
    "mean_and_std",
    "mean_squared_error",
    "normal_equations",
    "predict",
    "r_squared_through_origin",
    "ridge",
    "standard_errors_through_origin",
    "standardize",
    "train",
    "train_on_batches",
    "train_val_test_split",
    "unstandardize",
    "unstandardize_weights",
]


MODULES = (
    "data",
    "scaling",
    "scratch",
    "regularization",
    "closed_form",
    "through_origin",
    "convergence",
    "mini_batches",
)


def __getattr__(name: str) -> Any:
    """Import the function that is asked for, or look up `__version__`."""
    if name == "__version__":
        from importlib.metadata import version

        return version("linreg")
    if name in __all__:
        modules = (vars(import_module(f"linreg.{module}")) for module in MODULES)
        return next(module[name] for module in modules if name in module)
    raise AttributeError(f"module 'linreg' has no attribute {name!r}")
