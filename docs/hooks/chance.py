"""Shared. What depends on chance, on the time, or on whose machine it is, found without running it.

Goes in: a part of some code, and where its names come from. Comes out: whether another run may give
something else there.
"""

import ast
import re

# What of `random` and `np.random` is the same in every run, if it is given something.
SEEDED = {"default_rng", "PCG64", "Random", "RandomState", "SeedSequence", "seed"}
# Functions by their own names, whatever they are called upon.
UNSTEADY = {"asctime", "ctime", "getcwd", "gettempdir", "gmtime", "localtime", "now"}
UNSTEADY |= {"perf_counter", "monotonic", "strftime", "cwd", "time", "time_ns", "today"}
UNSTEADY |= {"getpid", "mkdtemp", "urandom", "utcnow", "uuid1", "uuid4", "home"}
UNSTEADY |= {"NamedTemporaryFile", "mkstemp", "formatdate", "get_ident", "getrusage"}
UNSTEADY |= {"__hash__"}
# Modules whose functions draw, tell the time, or tell of a run.
MODULES = ("random.", "numpy.random.", "secrets.", "timeit.", "time.", "traceback.")
# Modules of which a function, when it is not called but handed on, will be called.
HANDED_ON = ("datetime.", "os.", "pathlib.", "uuid.")
STEADY = {"Generator", "sleep", "strptime", "struct_time"}
# What tells whose machine it is, where it is shown.
OWN: tuple[str, ...] = (
    "platform.",
    "socket.",
    "getpass.",
    "sys.executable",
    "sys.argv",
    "sys.path",
)
OWN += ("sys.prefix", "os.environ", "os.getenv", "os.getlogin", "os.path.expanduser")
# What draws by itself where it is told no state.
DRAWING = re.compile(
    r"(?:Bagging|DecisionTree|ExtraTrees|GradientBoosting|MLP|RandomForest|SGD)(?:Classifier|Regressor)"
    r"|(?:Group|Stratified)?ShuffleSplit|train_test_split|RandomizedSearchCV|permutation_importance"
    r"|make_(?:blobs|circles|classification|moons|regression)|(?:MiniBatch)?KMeans|TSNE|resample|sample"
    r"|rvs|bootstrap|(?:permutation|monte_carlo)_test|Sobol|Halton|LatinHypercube|basinhopping"
    r"|differential_evolution|dual_annealing|random_split|RandomSampler"
)
# What draws if it is told to shuffle.
SHUFFLING = {"DataLoader", "KFold", "StratifiedKFold"}
# What of PyTorch fills a tensor in place, or takes parts of it away.
FILLING = {"normal_", "uniform_", "random_", "bernoulli_", "exponential_", "dropout"}
FILLING |= {"xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"}
TOLD = {"random_state", "rng", "seed", "generator"}
# What of PyTorch draws, from a state that `manual_seed` sets.
TORCH = re.compile(
    r"torch\.(?:rand\w*|normal|bernoulli|multinomial|poisson|empty\w*|nn\.[A-Z]\w+)"
)


def is_unsteady(node: ast.AST, origins: dict[str, str], is_seeded: bool) -> bool:
    """Tell whether an expression asks for what the next run has not, or without a seed."""
    if isinstance(node, ast.FormattedValue):
        return is_own(node.value, origins)
    if isinstance(node, ast.Call):
        if is_call(node, {"print", "str", "repr"}) and any(
            is_own(part, origins) for part in node.args
        ):
            return True
        path = path_of(node.func, origins)
        name = path.rpartition(".")[2]
        if name in SEEDED:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            return all(path_of(value, origins) == "None" for value in given)
        said = {str(keyword.arg) for keyword in node.keywords}
        draws = DRAWING.fullmatch(name) or path == "sklearn.utils.shuffle"
        draws = draws or (name in SHUFFLING and "shuffle" in said)
        if (draws or (name in FILLING and not is_seeded)) and not TOLD & said:
            return True
        if name == "datetime64" and node.args:
            return getattr(node.args[0], "value", "") in ("now", "today")
        return name in UNSTEADY
    path = path_of(node, origins)
    if TORCH.fullmatch(path):
        return not is_seeded
    name = path.rpartition(".")[2]
    if path.startswith(HANDED_ON):  # under whatever name it is called then
        return name in UNSTEADY
    return path.startswith(MODULES) and name not in SEEDED | STEADY


def is_own(node: ast.AST, origins: dict[str, str]) -> bool:
    """Tell whether an expression tells whose machine it is."""
    part = node.func if isinstance(node, ast.Call) else node
    return path_of(part, origins).startswith(OWN)


def path_of(node: ast.AST, origins: dict[str, str]) -> str:
    """Name what an expression refers to, by where it comes from: `numpy.random.rand`, or nothing."""
    match node:
        case ast.Constant(value=None):
            return "None"
        case ast.Name(id=name, ctx=ast.Load()):
            return origins.get(name, name)
        case ast.Attribute(value=value, attr=name, ctx=ast.Load()):
            return f"{path_of(value, origins)}.{name}"
    return ""


def is_call(node: ast.AST, names: set[str]) -> bool:
    """Tell whether an expression calls one of some functions by its name."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in names
    return False
