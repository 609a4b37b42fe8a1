"""The explorables in a real browser: what they show is what `linreg` computes for that state."""

import json
import re
import runpy
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import altair as alt
import nbformat
import numpy as np
import pytest
import scipy.stats
from chart_controls import check_controls, controls_to_html
from chart_data import check_fields
from drawing import words_of
from engines import come_to
from mkdocs.exceptions import PluginError
from playwright.sync_api import Browser, Locator, Page
from project import cases_of, with_deeper
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from linreg.convergence import curvature
from linreg.data import (
    NOISE_HIGH,
    NOISE_LOW,
    NUM_SAMPLES,
    SEED,
    SLOPE,
    TEST_SIZE,
    TRAIN_SIZE,
    VAL_SIZE,
    generate_data,
    train_val_test_split,
)
from linreg.scaling import mean_and_std, standardize
from linreg.scratch import (
    gradients,
    initialize_weights,
    mean_squared_error,
    predict,
    train,
)

# The page of each explorable, and where on the page it stands.
EXPLORABLES = {
    "fit by hand, on Home": ("", 0),
    "fit by hand": ("lessons/problem/", 0),
    "down the gradient": ("lessons/from-scratch/", 0),
    "optimizers": ("lessons/pytorch/", 0),
    "turning λ": ("lessons/regularization/", 0),
    "projection": ("lessons/solve-at-once/", 0),
    "draw again": ("lessons/how-sure/", 0),
    "which weights survive": ("lessons/real-data/", 0),
    "how far apart": ("lessons/learning-rate/", 0),
}
EACH = cases_of({name: path for name, (path, _) in EXPLORABLES.items()})
THEIR_PAGES = with_deeper(sorted({path for path, _ in EXPLORABLES.values()}))


def reach(page: Page, address: str, name: str) -> Locator:
    """Scroll to an explorable and wait until it is alive."""
    path, position = EXPLORABLES[name]
    if page.url != address + path:
        page.goto(address + path)
    explorable = page.locator(".explorable").nth(position)
    come_to(explorable)
    return explorable


@pytest.fixture(scope="module")
def alive(browser: Browser, address) -> Iterator[Callable[[str], Locator]]:
    """Reach an explorable by its name, on a desk."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    yield lambda name: reach(page, address, name)
    page.close()


def set_to(explorable: Locator, **values: float) -> str:
    """Move sliders, and read what the state then says."""
    for name, value in values.items():
        explorable.locator(f"input[name={name}]").fill(f"{float(value):g}")
    return explorable.locator(".explorable-state").inner_text()


def specification(explorable: Locator) -> dict[str, Any]:
    """Read the specification that stands beside an explorable."""
    parts = json.loads((explorable.locator("script").text_content() or "")[1:-1])
    return {**parts["layouts"]["wide"], **parts["shared"]}


def assert_says(text: str, *expected: float) -> None:
    """Compare the numbers in a text with what they must be, to the digits shown."""
    text = re.sub("− ?", "-", text)  # as a minus or as the sign of a sum
    shown = re.findall(r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?", text)
    assert len(shown) == len(expected), (text, expected)
    for digits, value in zip(shown, expected, strict=True):
        decimals = len(digits.partition(".")[2].partition("e")[0])
        unit = 10.0**-decimals * 10.0 ** int(digits.partition("e")[2] or 0)
        number = float(digits.replace(",", ""))
        # The page holds its numbers with four digits, rounded once more to be shown.
        assert abs(number - value) <= 0.51 * unit + 6e-4 * abs(value), (text, expected)


def place_of(explorable: Locator, layer: str, plot: dict[str, Any]) -> list[float]:
    """Find where a dot lies, in the units of the axes."""
    marks = explorable.locator(f".explorable-live .{layer}_marks path").last
    moved = re.findall(r"-?[\d.]+", marks.get_attribute("transform") or "")
    encoding = plot["layer"][int(layer[-1])]["encoding"]
    (x_low, x_high), (y_low, y_high) = (
        encoding[axis]["scale"]["domain"] for axis in "xy"
    )
    return [
        x_low + float(moved[0]) / plot["width"] * (x_high - x_low),
        y_high - float(moved[1]) / plot["height"] * (y_high - y_low),
    ]


@pytest.fixture(scope="module")
def lesson_data() -> dict[str, Any]:
    """The data of the NumPy lesson and its first weights, drawn in its order."""
    rng = np.random.RandomState(SEED)
    X, y = generate_data(NUM_SAMPLES, rng)
    sizes = TRAIN_SIZE, VAL_SIZE, TEST_SIZE
    X_train, X_val, _, y_train, y_val, _ = train_val_test_split(X, y, *sizes, rng)
    initialize_weights(1, rng)  # step 1 of the lesson
    (X_mean, X_std), (y_mean, y_std) = mean_and_std(X_train), mean_and_std(y_train)
    scaled = [standardize(part, X_mean, X_std) for part in (X_train, X_val)]
    scaled += [standardize(part, y_mean, y_std) for part in (y_train, y_val)]
    return {
        "X": X,
        "y": y,
        "raw": (X_train, y_train, X_val, y_val),
        "standardized": (scaled[0], scaled[2], scaled[1], scaled[3]),
        "start": initialize_weights(1, rng),
    }


def names_of(site: Path, folder: Path, page: str, before: str) -> dict[str, Any]:
    """Run a page's cells up to one that contains a text, and return what they define."""
    path = site / "lessons" / page / f"{page}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    (folder / "start.py").write_text(code[: code.index(before)], "utf-8")
    with warnings.catch_warnings(action="ignore"):  # of how its libraries fit together
        return runpy.run_path(str(folder / "start.py"))


def area_of_misses(readings: np.ndarray, slope: float, intercept: float) -> float:
    """Add up the squared misses of a line, one reading after the other."""
    return sum((y - slope * x - intercept) ** 2 for x, y in readings)


@pytest.fixture(scope="module")
def readings(site, tmp_path_factory) -> np.ndarray:
    """The six readings of page 1, as its visible cell has them."""
    folder = tmp_path_factory.mktemp("six")
    names = names_of(site, folder, "problem", before="SEED = ")
    return np.column_stack([names["X_six"], names["y_six"]]).astype(float)


FIT = ["fit by hand", "fit by hand, on Home"]


@pytest.mark.parametrize("name", FIT)
@pytest.mark.parametrize(
    ("slope", "intercept"), [(3.4, 8.0), (0.0, -40.0), (5.99, 80.0)]
)
def test_fit_by_hand_shows_the_line_and_its_error(
    slope, intercept, name, alive, readings
):
    explorable = alive(name)
    total = area_of_misses(readings, slope, intercept)
    best = scipy.stats.linregress(*readings.T)
    smallest = area_of_misses(readings, best.slope, best.intercept)
    expected = [slope, intercept, total, total / len(readings)]
    if name == FIT[0]:
        explorable.get_by_label("show the best line").uncheck()
        said = set_to(explorable, slope=slope, intercept=intercept)
        assert_says(said, *expected)
        explorable.get_by_label("show the best line").check()
        said = explorable.locator(".explorable-state").inner_text()
        assert_says(said.partition("The best")[2], best.slope, best.intercept, smallest)
        explorable.get_by_label("show the best line").uncheck()
    else:
        assert_says(
            set_to(explorable, slope=slope, intercept=intercept), *expected, smallest
        )

    spec = specification(explorable)
    plot = spec["hconcat"][0] if "hconcat" in spec else spec
    marks = explorable.locator(".explorable-live [class*=mark-line] path").last
    if name == FIT[0]:
        marks = explorable.locator(".explorable-live .concat_0_layer_4_marks path")
    numbers = re.findall(r"-?[\d.]+", marks.get_attribute("d") or "")
    x1, y1, x2, y2 = map(float, numbers[:4])
    scales = {axis: plot["layer"][0]["encoding"][axis]["scale"] for axis in "xy"}
    (low, high), (_, reach_of_x) = (scales[axis]["domain"] for axis in "yx")
    heights = [high - y_px / plot["height"] * (high - low) for y_px in (y1, y2)]
    assert (x1, x2) == (0, plot["width"])
    np.testing.assert_allclose(
        heights, [intercept, intercept + slope * reach_of_x], atol=0.01
    )
    if name == FIT[0]:
        place = place_of(explorable, "concat_1_layer_2", spec["hconcat"][1])
        np.testing.assert_allclose(place, [slope, intercept], atol=0.02)


@pytest.mark.parametrize("name", FIT)
def test_fit_by_hand_draws_squares_whose_area_is_the_error(name, alive, readings):
    explorable = alive(name)
    said = set_to(explorable, slope=3, intercept=20)
    squares = explorable.locator(".explorable-live [class*=mark-rect] path").all()
    assert len(squares) == len(readings)
    sides = [
        square.evaluate("p => [p.getBBox().width, p.getBBox().height]")
        for square in squares
    ]
    np.testing.assert_allclose(*np.transpose(sides), atol=0.01)
    spec = specification(explorable)
    plot = spec["hconcat"][0] if "hconcat" in spec else spec
    low, high = plot["layer"][0]["encoding"]["y"]["scale"]["domain"]
    area = np.sum(np.prod(sides, axis=1)) * ((high - low) / plot["height"]) ** 2
    assert area == pytest.approx(area_of_misses(readings, 3, 20), rel=0.01)
    assert f"{area_of_misses(readings, 3, 20):,.0f} mm²" in said


@pytest.mark.parametrize("name", FIT)
def test_the_line_can_be_dragged(name, alive):
    explorable = alive(name)
    set_to(explorable, slope=2, intercept=40)
    panels = explorable.locator(".explorable-live path.background")
    page = explorable.page

    def drag(panel: int, *places: tuple[float, float]) -> list[float]:
        """Press, move and let go at shares of a panel; read the sliders."""
        box = panels.nth(panel).bounding_box()
        assert box
        for index, (x, y) in enumerate(places):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if index == 0:
                page.mouse.down()
        page.mouse.up()
        page.mouse.move(1, 1)  # what is let go stays
        inputs = [
            explorable.locator(f"input[name={n}]") for n in ("slope", "intercept")
        ]
        return [float(slider.input_value()) for slider in inputs]

    first = [i for i, p in enumerate(panels.all()) if p.bounding_box()["width"] > 100]
    # 0 to 80 g from left to right, -20 to 220 mm from bottom to top.
    slope, intercept = drag(first[0], (0.5, 0.5), (0.5, 0.25))  # the right end, up
    assert (slope, intercept) == pytest.approx(((160 - 40) / 40, 40), rel=0.03)
    slope, intercept = drag(first[0], (0.125, 0.6), (0.125, 0.75))  # the left end
    assert slope * 50 + intercept == pytest.approx(3 * 50 + 40, rel=0.03)
    assert slope * 10 + intercept == pytest.approx(40, abs=4)
    if name == FIT[0]:
        assert drag(first[1], (0.2, 0.2), (0.5, 0.5)) == pytest.approx(
            [3, 20], rel=0.06
        )


@pytest.mark.parametrize(
    ("learning_rate", "epoch"), [(0.1, 0), (0.1, 20), (0.003, 100), (0.9, 7), (0.5, 3)]
)
def test_down_the_gradient_walks_as_training_does(
    learning_rate, epoch, alive, lesson_data
):
    explorable = alive("down the gradient")
    spec = specification(explorable)
    rates = next(p["expr"] for p in spec["params"] if p["name"] == "rate_text")
    position = json.loads(rates.partition("[rate]")[0]).index(learning_rate)
    said = set_to(explorable, epoch=epoch, rate=position)
    W, b, losses = walk_from(explorable, lesson_data, learning_rate, epoch)
    assert_says(said, epoch, learning_rate, W, b, losses[-1])
    place = place_of(explorable, "concat_0_layer_3", spec["hconcat"][0])
    np.testing.assert_allclose(place, [W, b], atol=0.01)
    dots = explorable.locator(".explorable-live .concat_0_layer_2_marks path")
    assert dots.count() == epoch + 1


def walk_from(
    explorable: Locator, lesson_data: dict[str, Any], learning_rate: float, epoch: int
) -> tuple[float, float, list[float]]:
    """Descend from where the figure starts, off both axes, by the sums written out."""
    params = specification(explorable)["params"]
    W, b, _ = next(p["value"] for p in params if p["name"] == "path")[0][0]
    assert abs(W) > 0.1 and abs(b) > 0.1
    X, y = lesson_data["standardized"][:2]
    losses = [float(np.mean((W * X + b - y) ** 2))]
    for _ in range(epoch):
        error = W * X + b - y
        W, b = (
            W - learning_rate * 2 * float(np.mean(error * X)),
            b - learning_rate * 2 * float(np.mean(error)),
        )
        losses.append(float(np.mean((W * X + b - y) ** 2)))
    return W, b, losses


def test_down_the_gradient_steps_and_plays(alive):
    explorable = alive("down the gradient")
    epoch = explorable.locator("input[name=epoch]")

    def press(name: str) -> None:
        explorable.get_by_role("button", name=name, exact=True).click()

    set_to(explorable, epoch=0)
    press("Step")
    assert epoch.input_value() == "1"
    press("25 steps")
    assert epoch.input_value() == "26"
    assert explorable.locator(".explorable-state").inner_text().startswith("Epoch 26 ")
    press("Play")
    explorable.page.wait_for_function("e => +e.value > 27", arg=epoch.element_handle())
    press("Pause")
    stopped = epoch.input_value()
    explorable.page.wait_for_timeout(400)
    assert epoch.input_value() == stopped
    for _ in range(4):
        press("25 steps")
    assert epoch.input_value() == epoch.get_attribute("max")
    press("Play")  # from the end it starts again
    explorable.page.wait_for_function(
        "e => +e.value > 0 && +e.value < 90", arg=epoch.element_handle()
    )
    press("Pause")


def test_down_the_gradient_diverges_above_the_border(alive, lesson_data):
    explorable = alive("down the gradient")
    rate = explorable.locator("input[name=rate]")
    said = set_to(explorable, rate=rate.get_attribute("max") or "", epoch=60)
    learning_rate = float(rate.get_attribute("aria-valuetext") or "")
    assert learning_rate > 1
    with pytest.raises(FloatingPointError, match="diverged"):
        train(*lesson_data["standardized"], *lesson_data["start"], learning_rate, 60)
    W, b, losses = walk_from(explorable, lesson_data, learning_rate, 60)
    assert losses == sorted(losses)
    assert_says(said, 60, learning_rate, W, b, losses[-1])


def test_optimizers_walk_as_their_formulas_say(alive, site, tmp_path):
    names = names_of(site, tmp_path, "pytorch", before="import altair")
    X, y = names["X_train_t"].numpy(), names["y_train_t"].numpy()
    rate = names["LEARNING_RATE"]
    best = np.linalg.lstsq(np.hstack([X, np.ones_like(X)]), y)[0].ravel()
    explorable = alive("optimizers")
    spec = specification(explorable)
    path = next(p["value"] for p in spec["params"] if p["name"] == "path")
    plain, adam = (np.array(path[0][0][:2]) for _ in range(2))
    mean, square = np.zeros(2), np.zeros(2)

    def slope_at(place: np.ndarray) -> np.ndarray:
        error = place[0] * X + place[1] - y
        return np.array([2 * np.mean(error * X), 2 * np.mean(error)])

    for epoch in range(41):
        if epoch in (0, 1, 10, 40):
            said = set_to(explorable, epoch=epoch)
            distances = [np.linalg.norm(place - best) for place in (plain, adam)]
            assert_says(said, epoch, *distances)
            for number, place in enumerate((plain, adam)):
                np.testing.assert_allclose(path[number][epoch][:2], place, atol=1e-3)
            dots = explorable.locator(".explorable-live .concat_0_layer_2_marks path")
            assert dots.count() == 2
        plain = plain - rate * slope_at(plain)
        slope = slope_at(adam)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        steps = epoch + 1
        size = np.sqrt(square / (1 - 0.999**steps)) + 1e-8
        adam = adam - rate * mean / (1 - 0.9**steps) / size


@pytest.mark.parametrize("k", [0, 7, 14, 24])
def test_turning_lambda_shows_the_fit_and_how_far_it_misses(k, alive, site, tmp_path):
    names = names_of(site, tmp_path, "regularization", before="import altair")
    X, y = names["X_few"], names["y_few"]
    mm = names["stretch_scaler"].scale_.item()
    l2_lambda = 10 ** (k / 3 - 6)
    model = Ridge(alpha=l2_lambda * len(X) / 2, solver="svd").fit(X, y)
    few, other = (
        mm * np.mean((model.predict(inputs).reshape(-1, 1) - targets) ** 2) ** 0.5
        for inputs, targets in ((X, y), (names["X_other"], names["y_other"]))
    )
    explorable = alive("turning λ")
    said = set_to(explorable, k=k)
    sizes = len(X), len(names["X_other"])
    largest = abs(model.coef_).max()
    assert_says(said, l2_lambda, few, sizes[0], other, sizes[1], largest)

    # The curve begins and ends where the model's predictions do, if they are on the axes.
    plot = specification(explorable)["hconcat"][0]
    curve = explorable.locator(".explorable-live .concat_0_layer_2_marks path")
    numbers = re.findall(r"-?[\d.]+(?:e-?\d+)?", curve.get_attribute("d") or "")
    low, high = plot["layer"][2]["encoding"]["y"]["scale"]["domain"]
    ends = [
        high - float(n) / plot["height"] * (high - low)
        for n in (numbers[1], numbers[-1])
    ]
    powers = np.array([[0.0], [NUM_SAMPLES - 1.0]]) ** np.arange(1, X.shape[1] + 1)
    outputs = model.predict(names["power_scaler"].transform(powers)).reshape(-1, 1)
    expected = names["stretch_scaler"].inverse_transform(outputs).ravel()
    np.testing.assert_allclose(ends, expected, atol=0.5)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("slope", "intercept", "turn"), [(2, 4, 25), (3, 5, 0), (4.25, 2.5, 90), (1, 8, 60)]
)
def test_projection_shows_misses_and_the_place_of_the_predictions(
    slope, intercept, turn, alive
):
    x, y = np.arange(3.0), np.array([3.0, 12.0, 9.0])
    explorable = alive("projection")
    said = set_to(explorable, slope=slope, intercept=intercept, turn=turn)
    misses = y - intercept - slope * x
    assert_says(said, *misses, misses @ misses, 1, misses.sum(), misses @ x)

    # The dot is where the predictions are, seen from a tower of 30 degrees.
    along = np.vstack([np.ones(3), x - 1]).T / [3**0.5, 2**0.5]
    across = (intercept + slope * x - [5, 8, 11]) @ along  # from the best predictions
    angle = np.deg2rad(turn)
    place = [
        across @ [np.cos(angle), -np.sin(angle)],
        across @ [np.sin(angle), np.cos(angle)] * 0.5,
    ]
    plot = specification(explorable)["hconcat"][1]
    dot = place_of(explorable, "concat_1_layer_5", plot)
    np.testing.assert_allclose(dot, place, atol=0.1)
    # The point y is above the best predictions by the length of the shortest residual.
    tip = place_of(explorable, "concat_1_layer_7", plot)
    np.testing.assert_allclose(tip, [0, 24**0.5 * 3**0.5 / 2], atol=0.1)


@pytest.mark.thorough
@pytest.mark.parametrize("drawn", [1, 2, 20, 200])
def test_draw_again_shows_lines_and_slopes_of_fresh_data(drawn, alive, lesson_data):
    explorable = alive("draw again")
    x = lesson_data["raw"][0].ravel()
    draws = np.random.RandomState(SEED)
    fits = []
    for _ in range(drawn):
        noise = draws.uniform(NOISE_LOW, NOISE_HIGH, NUM_SAMPLES)
        fits.append(scipy.stats.linregress(x, SLOPE * x + noise[x.astype(int)]))
    slopes = np.array([fit.slope for fit in fits])
    error = (NOISE_HIGH - NOISE_LOW) / 12**0.5 / (len(x) ** 0.5 * x.std())

    said = set_to(explorable, draw=drawn)
    expected = [drawn, slopes[-1]]
    if drawn > 1:
        expected += [drawn, slopes.mean(), slopes.std(ddof=1), SLOPE, error]
    assert_says(said, *expected)

    # One faint line and one brick for each data set, the last of both once more in full.
    live = explorable.locator(".explorable-live")
    assert live.locator(".concat_0_layer_0_marks line").count() == drawn
    assert live.locator(".concat_1_layer_0_marks path").count() == drawn
    (line,) = live.locator(".concat_0_layer_3_marks line").all()
    (brick,) = live.locator(".concat_1_layer_1_marks path").all()
    left, right = specification(explorable)["hconcat"]
    low, high = left["layer"][3]["encoding"]["y"]["scale"]["domain"]
    start = float(
        re.findall(
            r"translate\(-?[\d.]+,\s*(-?[\d.]+)", line.get_attribute("transform") or ""
        )[0]
    )
    at_zero = high - start / left["height"] * (high - low)
    true = (NOISE_LOW + NOISE_HIGH) / 2
    assert at_zero == pytest.approx(fits[-1].intercept - true, abs=0.1)
    low, high = right["layer"][1]["encoding"]["x"]["scale"]["domain"]
    box = brick.evaluate("p => { const b = p.getBBox(); return [b.x, b.x + b.width]; }")
    ends = [low + end / right["width"] * (high - low) for end in box]
    assert ends[0] - 0.002 <= slopes[-1] <= ends[1] + 0.002


@pytest.mark.thorough
def test_draw_again_draws_one_more_at_each_click(alive):
    explorable = alive("draw again")
    set_to(explorable, draw=5)
    lines = explorable.locator(".explorable-live .concat_0_layer_0_marks line")
    for expected in (6, 7):
        explorable.get_by_role("button", name="Draw again").click()
        assert lines.count() == expected
        said = explorable.locator(".explorable-state").inner_text()
        assert said.startswith(f"Data set {expected} has slope")
    explorable.get_by_role("button", name="Start over").click()
    assert lines.count() == 1


@pytest.mark.thorough
def test_draw_again_shows_its_prediction_when_asked_or_pointed_at(alive):
    explorable = alive("draw again")
    band = explorable.locator(".explorable-live .mark-area path")
    curve = explorable.locator(".explorable-live .concat_1_layer_3_marks path")
    box = explorable.get_by_label("show the prediction")

    def opacity():
        return float(band.evaluate("p => getComputedStyle(p).opacity"))

    explorable.locator(".explorable-state").hover()
    assert opacity() == 0 and curve.count() == 0
    box.check()
    assert opacity() > 0.2 and curve.count() == 1
    box.uncheck()
    assert opacity() == 0
    band.hover(position={"x": 80, "y": 52}, force=True)
    assert opacity() > 0.2


@pytest.mark.thorough
@pytest.mark.parametrize("price", ["ridge", "lasso"])
def test_which_weights_survive_says_what_scikit_learn_finds(price, alive):
    data = load_diabetes(scaled=False)
    X, _, y, _ = train_test_split(
        data.data, data.target, test_size=0.25, random_state=SEED
    )
    folds = list(KFold(5, shuffle=True, random_state=SEED).split(X))

    def fit(l, rows):
        # Ours is J + λ/2 ΣW² and J + λ Σ|W|, with J a mean of squares.
        model = (
            Ridge(alpha=l * len(rows) / 2)
            if price == "ridge"
            else Lasso(alpha=l / 2, tol=1e-9, max_iter=10**6)
        )
        return make_pipeline(StandardScaler(), model).fit(X[rows], y[rows])

    def errors(l):
        return [
            np.mean((fit(l, learn).predict(X[judge]) - y[judge]) ** 2) ** 0.5
            for learn, judge in folds
        ]

    explorable = alive("which weights survive")
    explorable.get_by_label(price, exact=True).check()
    smallest = min(np.mean(errors(10 ** (k / 10 - 3))) for k in range(51))
    spec = specification(explorable)
    names = next(p["value"] for p in spec["params"] if p["name"] == "features")
    plot = spec["hconcat"][0]
    low, high = plot["encoding"]["x"]["scale"]["domain"]
    for k in (0, 20, 33, 40, 45):
        l = 10 ** (k / 10 - 3)
        W = fit(l, np.arange(len(X)))[-1].coef_
        found = np.array(errors(l))
        said = set_to(explorable, k=k)
        assert said.startswith(f"{price} at λ = ")
        assert f"that of {names[np.argmax(abs(W))]}," in said
        numbers = [l, np.count_nonzero(W), len(W), found.mean()]
        numbers += [found.std(ddof=1) / 5**0.5, smallest, W[np.argmax(abs(W))]]
        assert_says(said, *numbers)

        bars = explorable.locator(".explorable-live .concat_0_marks path")
        assert bars.count() == len(W)
        lengths = [
            bar.evaluate("p => p.getBBox().width") / plot["width"] * (high - low)
            for bar in bars.all()
        ]
        np.testing.assert_allclose(lengths, abs(W), atol=0.15)


@pytest.mark.thorough
def test_which_weights_survive_ends_at_the_baseline(alive):
    explorable = alive("which weights survive")
    explorable.get_by_label("lasso", exact=True).check()
    said = set_to(explorable, k=50)
    left = int(re.findall(r"(\d+) of 10", said)[0])
    assert left < 2 and ("No weight is left" in said) == (left == 0)


def tied_features(r: float) -> np.ndarray:
    """Two standardized features with correlation r: cosines a fixed angle apart."""
    angles = 2 * np.pi * np.arange(24) / 24
    return np.sqrt(2) * np.column_stack([np.cos(angles), np.cos(angles + np.arccos(r))])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("r", "share", "ending"),
    [
        (0.8, 0.75, "epochs"),
        (0.0, 0.5, "a single step arrives"),
        (0.9, 0.95, "epochs"),
        (-0.95, 0.2, "epochs"),
        (-0.35, 0.975, "epochs"),
        (0.5, 1.0, "the walk never settles"),
        (0.25, 1.05, "the walk diverges"),
    ],
)
def test_how_far_apart_walks_as_gradient_descent_does(r, share, ending, alive):
    X = tied_features(r)
    np.testing.assert_allclose(X.T @ X / len(X), [[1, r], [r, 1]], atol=1e-12)
    best = np.array([[1.5], [-0.5]])
    y = X @ best  # so that the smallest loss is zero
    H = curvature(X)
    rate = share * 2 / np.linalg.norm(H, 2)
    W, b = best + np.array([[2.4], [0.4]]), np.zeros(1)
    losses, places = [], []
    for _ in range(41):
        y_pred = predict(X, W, b)
        losses.append(mean_squared_error(y_pred, y))
        places.append((W - best).ravel())
        dW, db = gradients(X, y_pred, y)
        W, b = W - rate * dW, b - rate * db

    # What one step leaves of each part of the distance: along (1, 1) and along (1, -1).
    before, after = np.array(places[0]), np.array(places[1])
    factors = [
        after @ axis / (before @ axis)
        for axis in (np.array([1.0, 1.0]), np.array([1.0, -1.0]))
    ]
    steep, flat = factors if r >= 0 else factors[::-1]

    explorable = alive("how far apart")
    said = set_to(explorable, r=round(20 * r), share=round(40 * share))
    assert ending in said
    slow = max(abs(steep), abs(flat))
    expected = [r, rate, steep, flat]
    if ending == "epochs":
        # As many epochs as it takes, found by taking them.
        expected.append(np.log(10) / -np.log(slow))
        few = int(np.floor(expected[-1]))
        assert slow**few >= 0.1 > slow ** (few + 1)
    loss = losses[-1] if losses[-1] > 1e-20 else 0.0
    numbers = [n + 0.0 if abs(n) > 1e-12 else 0.0 for n in expected]
    assert_says(said, *numbers, 40, loss)

    plots = specification(explorable)["hconcat"]
    dots = explorable.locator(".explorable-live .concat_0_layer_2_marks path")
    assert dots.count() == 41
    place = place_of(explorable, "concat_0_layer_2", plots[0])
    np.testing.assert_allclose(place, places[-1], rtol=0.01, atol=0.02)
    seen = explorable.locator(".explorable-live .concat_1_layer_0_marks path")
    assert seen.count() == sum(loss > 1e-9 for loss in losses)
    # The dots fall in with the dashed line: the last ratio is the predicted one.
    if ending == "epochs" and losses[-1] > 1e-9:
        moved = [
            re.findall(r"-?[\d.]+", seen.nth(n).get_attribute("transform") or "")
            for n in (39, 40)
        ]
        low, high = plots[1]["layer"][0]["encoding"]["y"]["scale"]["domain"]
        per_pixel = np.log10(high / low) / plots[1]["height"]
        fall = (float(moved[1][1]) - float(moved[0][1])) * per_pixel
        assert fall == pytest.approx(np.log10(losses[39] / losses[40]), abs=0.01)
        if slow > 1.02 * min(abs(steep), abs(flat)):
            assert losses[40] / losses[39] == pytest.approx(slow**2, rel=0.05)


@pytest.mark.parametrize("name", EACH)
def test_every_control_works_by_keyboard_alone_and_says_what_it_does(name, alive):
    explorable = alive(name)
    page = explorable.page
    # The reader comes from above.
    explorable.evaluate(
        "e => { const a = document.createElement('a'); a.href = '#'; e.before(a); a.focus(); }"
    )
    state = explorable.locator(".explorable-state")
    assert state.get_attribute("role") == "status"
    controls = explorable.locator("input[type=range], input[type=checkbox]").count()
    controls += explorable.locator("[role=radiogroup]").count()
    assert controls > 0
    for _ in range(controls):
        page.keyboard.press("Tab")
        while explorable.locator("button:focus").count():
            page.keyboard.press("Tab")
        focused = explorable.locator("input:focus")
        assert focused.count() == 1, "Tab leads past a control"
        assert focused.evaluate("e => e.labels[0].innerText || e.ariaLabel")
        kind = focused.get_attribute("type")
        keys = {"range": ["End", "ArrowLeft"], "radio": ["ArrowRight"]}
        if kind == "range":
            page.keyboard.press("Home")
            assert focused.input_value() == focused.get_attribute("min")
        value = focused.get_attribute("aria-valuetext")
        said = state.inner_text()
        figure = explorable.locator(".explorable-live").inner_html()
        for key in keys.get(kind or "", ["Space"]):
            page.keyboard.press(key)
        assert explorable.locator(".explorable-live").inner_html() != figure
        # To see a thing from another side changes nothing about it.
        if kind != "checkbox" and focused.get_attribute("name") != "turn":
            assert state.inner_text() != said
        if kind == "range":
            assert focused.get_attribute("aria-valuetext") != value
            assert focused.evaluate("e => e.valueAsNumber + Number(e.step) == e.max")


@pytest.mark.parametrize("name", EACH)
def test_a_slider_works_by_touch_at_phone_width(name, browser: Browser, address):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    explorable = reach(page, address, name)
    slider = explorable.locator("input[type=range]").first
    box = slider.bounding_box()
    assert box and box["height"] >= 24 and box["x"] >= 0 and box["width"] > 250
    before = explorable.locator(".explorable-state").inner_text()
    slider.tap(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
    assert explorable.locator(".explorable-state").inner_text() != before
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()


@pytest.mark.parametrize("path", THEIR_PAGES)
@pytest.mark.parametrize("width", [360, pytest.param(1440, marks=pytest.mark.thorough)])
def test_nothing_moves_when_the_charts_come_alive(
    width, path, browser: Browser, address
):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address + path)
    page.evaluate(
        "document.fonts.ready.then(() => { window.shift = 0;"
        " new PerformanceObserver(list => list.getEntries().forEach("
        "e => window.shift += e.value)).observe({type: 'layout-shift'}) })"
    )
    height = page.evaluate("document.documentElement.scrollHeight")
    for explorable in page.locator(".explorable").all():
        come_to(explorable)
    page.wait_for_timeout(200)
    # Run buttons come meanwhile, too; a browser rounds the height to whole pixels.
    after = page.evaluate("document.documentElement.scrollHeight")
    assert abs(after - height) <= 1
    assert page.evaluate("window.shift") == 0
    page.close()


def test_vega_is_loaded_once_and_only_when_an_explorable_is_near(
    browser: Browser, published
):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked = []
    page.on("request", lambda r: asked.append(r.url.removeprefix(published)))
    page.goto(published + "glossary/", wait_until="networkidle")
    assert not [url for url in asked if "explorables" in url or "vega" in url]
    # From page to page by instant navigation, and back.
    for link, name, count in (
        (".md-sidebar a[href*='lessons/from-scratch/']", "from-scratch", 1),
        (".md-footer__link--next", "pytorch", 1),
        (".md-footer__link--prev", "from-scratch", 1),
    ):
        before = asked.count("assets/javascripts/vega.js")
        page.locator(link).first.click()
        page.wait_for_url(f"**/lessons/{name}/")
        page.locator(
            "h1", has_text={"pytorch": "PyTorch"}.get(name, "NumPy")
        ).wait_for()
        page.wait_for_timeout(500)
        assert asked.count("assets/javascripts/vega.js") == before, "loaded too early"
        assert page.locator(".explorable").count() == count
        for explorable in page.locator(".explorable").all():
            come_to(explorable)
    assert asked.count("assets/javascripts/vega.js") == 1
    assert asked.count("lessons/pytorch/") == 1
    assert page.evaluate("performance.getEntriesByType('navigation')[0].name") == (
        published + "glossary/"
    )
    page.close()


def test_where_vega_does_not_load_the_figure_stands(browser: Browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.route("**/vega.js", lambda route: route.abort())
    page.goto(address + "lessons/from-scratch/")
    for explorable in page.locator(".explorable").all():
        page.mouse.move(2, 2)
        explorable.scroll_into_view_if_needed()
        page.wait_for_function(
            "e => e.matches('.explorable-still')", arg=explorable.element_handle()
        )
        assert_stands(explorable)
    page.close()


@pytest.mark.parametrize("path", THEIR_PAGES)
@pytest.mark.parametrize("width", [360, 1440])
def test_without_javascript_the_figure_stands(width, path, browser: Browser, address):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.goto(address + path)
    assert page.locator(".explorable").count()
    for explorable in page.locator(".explorable").all():
        assert_stands(explorable)
    context.close()


def assert_stands(explorable: Locator) -> None:
    """Check that a figure is seen, in the layout that fits, with its state in words and no controls."""
    shown = [svg for svg in explorable.locator("svg").all() if svg.is_visible()]
    assert len(shown) == 1
    assert not explorable.locator(".explorable-controls").is_visible()
    state = explorable.locator(".explorable-state")
    assert state.is_visible() and len(state.inner_text()) > 20
    heights = [part.bounding_box()["height"] for part in (shown[0], state, explorable)]
    assert heights[2] - sum(heights[:2]) < 60


def test_a_page_that_nobody_has_touched_loads_and_computes_nothing(
    browser: Browser, address
):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto(address, wait_until="networkidle")
    explorable = page.locator(".explorable")
    box = explorable.bounding_box()
    assert box and box["y"] < 900, "the chart is in sight"
    page.wait_for_timeout(500)
    assert not [url for url in asked if url.endswith("vega.js")]
    assert explorable.locator(".explorable-live").count() == 0
    page.mouse.move(300, 300)
    explorable.locator(".explorable-live svg").wait_for()
    page.close()


@pytest.mark.parametrize("name", EACH)
def test_what_stands_on_the_page_is_what_the_live_chart_begins_with(
    name, browser: Browser, address
):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address + EXPLORABLES[name][0])
    explorable = page.locator(".explorable")
    words = """e => [e.querySelector('.explorable-state').textContent,
        ...[...e.querySelectorAll('[name]')].flatMap(i =>
            [i.value, i.checked, i.ariaValueText, i.parentElement.dataset.value ?? null])]"""
    before = explorable.evaluate(words)
    assert len(before[0]) > 20 and len(before) > 4
    come_to(explorable)
    assert explorable.evaluate(words) == before
    page.close()


def test_a_control_that_is_moved_before_the_chart_is_there_is_heeded(
    browser: Browser, address
):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    held = []
    page.route("**/vega.js", lambda route: held.append(route))
    page.goto(address + "lessons/how-sure/")
    explorable = page.locator(".explorable")
    explorable.get_by_role("button", name="25 more").click()
    explorable.get_by_label("show the prediction").check()
    slider = explorable.locator("input[name=draw]")
    drawn = slider.input_value()
    page.wait_for_timeout(300)
    assert held and explorable.locator(".explorable-live").count() == 0
    held[0].continue_()
    explorable.locator(".explorable-live svg").wait_for()
    assert slider.input_value() == drawn and int(drawn) > 25
    said = explorable.locator(".explorable-state").inner_text()
    assert said.startswith(f"Data set {drawn} has slope")
    lines = explorable.locator(".explorable-live .concat_0_layer_0_marks line")
    assert lines.count() == int(drawn)
    assert explorable.get_by_label("show the prediction").is_checked()
    band = explorable.locator(".explorable-live .mark-area path")
    assert float(band.evaluate("p => getComputedStyle(p).opacity")) > 0.2
    page.close()


def test_a_live_chart_follows_light_and_dark_and_the_width(browser: Browser, address):
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light"
    )
    page = context.new_page()
    explorable = reach(page, address, "down the gradient")
    said = set_to(explorable, epoch=33, rate=2)
    colours = (
        "e => [getComputedStyle(e.querySelector('.explorable-live text')).fill,"
        " getComputedStyle(e).color]"
    )
    seen = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        text, around = explorable.evaluate(colours)
        assert text == around
        seen.append(text)
    assert seen[0] != seen[1]

    wide = explorable.locator(".explorable-live svg").bounding_box()
    page.set_viewport_size({"width": 360, "height": 900})
    explorable.locator(".narrow .explorable-live svg").wait_for()
    narrow = explorable.locator(".narrow .explorable-live svg").bounding_box()
    assert wide and narrow
    assert wide["width"] > wide["height"] and narrow["width"] < narrow["height"]
    assert explorable.locator(".explorable-state").inner_text() == said
    assert explorable.locator("input[name=epoch]").input_value() == "33"
    context.close()


RANGE = alt.binding_range(min=0, max=2, step=0.5)
RADIO = alt.binding_radio(options=[1, 2], labels=["one", "two"])
FAR = {"name": "far", "value": 1, "bind": RANGE}
STATE = {"name": "state", "expr": "'Far is ' + far"}
# What a chart is given beside a state that speaks of far, and what is wrong with it.
WRONG = {
    "a value below its slider": ([{**FAR, "value": -1}], "far begins with -1, and its"),
    "a value above it": (
        [{**FAR, "value": 3}],
        "far begins with 3, and its slider goes",
    ),
    "a text for a number": ([{**FAR, "value": "1"}], "far begins with '1', and its"),
    "a value off the step": ([{**FAR, "value": 0.7}], "far begins with 0.7, where no"),
    "a slider that goes nowhere": (
        [{**FAR, "bind": alt.binding_range(min=1, max=1, step=1)}],
        "the slider far can't go from 1 to 1 by 1",
    ),
    "a slider that goes down": (
        [{**FAR, "bind": alt.binding_range(min=2, max=0, step=1)}],
        "the slider far can't go from 2 to 0",
    ),
    "a slider without steps": (
        [{**FAR, "bind": alt.binding_range(min=0, max=2, step=0)}],
        "the slider far can't go from 0 to 2 by 0",
    ),
    "a value that is no option": (
        [{**FAR, "value": 3, "bind": RADIO}],
        r"far begins with 3, which is none of its options \[1, 2\]",
    ),
    "an option of another type": (
        [{**FAR, "value": "1", "bind": alt.binding_select(options=[1, 2])}],
        "far begins with '1', which is none",
    ),
    "a truth for a number": (
        [{**FAR, "value": True, "bind": RADIO}],
        "with True, which",
    ),
    "too few labels": (
        [{**FAR, "bind": alt.binding_radio(options=[1, 2], labels=["one"])}],
        "far has 2 options and 1 labels",
    ),
    "a text for no slider": (
        [FAR, {"name": "fra_text", "expr": "far + ' mm'"}],
        "fra_text is for a slider fra: did you mean far",
    ),
    "a text for what is no slider": (
        [{**FAR, "bind": RADIO}, {"name": "far_text", "expr": "far + ' mm'"}],
        "far_text is for a slider far: there is none",
    ),
    "buttons for no slider": (
        [FAR, {"name": "fra_steps", "value": {"Step": 1}}],
        "fra_steps is for a slider fra",
    ),
    "buttons that are no dictionary": (
        [FAR, {"name": "far_steps", "value": 1}],
        "far_steps says how far each button moves far",
    ),
    "buttons without a number": (
        [FAR, {"name": "far_steps", "value": {"Step": "1"}}],
        "far_steps says how far each button moves far",
    ),
    "buttons that are computed": (
        [FAR, {"name": "far_steps", "expr": "far"}],
        "far_steps says how far each button moves far",
    ),
    "a control without a name": (
        [FAR, {"value": 1, "bind": RANGE}],
        r'a control has no name: give it alt.param\(name="...", value=1\)',
    ),
    "a control that nothing follows": (
        [
            FAR,
            {"name": "big", "value": 1, "bind": RANGE},
            {"name": "big_text", "expr": "big"},
        ],
        "nothing in the chart follows big",
    ),
}


def chart_of(params: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    """Specify a chart with some parameters."""
    dot = alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_point().encode(x="x:Q")
    given = [alt.param(**param) for param in (*params, STATE)]
    return (dot | dot).add_params(*given).properties(**options).to_dict()


@pytest.mark.parametrize(("params", "message"), WRONG.values(), ids=WRONG)
def test_the_build_refuses(params, message):
    with pytest.raises(PluginError, match=f"^a.md:4: .*{message}"):
        check_controls(chart_of(params), "a.md:4")


@pytest.mark.parametrize(
    ("usermeta", "message"),
    [
        ({"no": {}}, "nothing heeds no in usermeta"),
        ({"on": {"helt": []}}, "usermeta has handlers for helt: did you mean held"),
    ],
)
def test_the_build_refuses_data_of_ones_own_that_nothing_heeds(usermeta, message):
    params = [FAR, {"name": "held", "value": None}]
    check_controls(chart_of(params, usermeta={"on": {"held": []}}), "a.md:4")
    with pytest.raises(PluginError, match=f"a.md:4: {message}"):
        check_controls(chart_of(params, usermeta=usermeta), "a.md:4")


def test_the_build_takes_what_readers_can_set():
    params = [
        {
            "name": "far",
            "value": 0.3,
            "bind": alt.binding_range(min=0, max=1, step=0.1),
        },
        {"name": "far_steps", "value": {"Step": 0.1, "Play": 0}},
        {"name": "way", "value": None, "bind": alt.binding_select(options=[None, "a"])},
        {"name": "row", "value": 7, "bind": alt.binding_range()},
        {"name": "num_steps", "expr": "row + (way ? 1 : 0)"},
        {"name": "alt_text", "expr": "'after ' + num_steps"},
        {"name": "told", "expr": "alt_text + '.'"},
    ]
    spec = chart_of(params)
    check_controls(spec, "a.md:4")
    assert 'data-step="0.1"' in controls_to_html(spec["params"], {})


SAYS = {
    "no number": ("'It is ' + sqrt(-far)", "state says 'It is NaN', and NaN says"),
    "what is not there": ("'It is ' + [1][far]", "'It is undefined', and undefined"),
    "nothing": ("far > 0 ? null : 'It is'", "null says nothing"),
    "an empty text": ("far > 0 ? '' : 'It is'", "state says nothing: give it"),
    "an object": ("'It is ' + {a: far}", "object Object"),
}


@pytest.mark.parametrize(("expr", "message"), SAYS.values(), ids=SAYS)
def test_the_build_refuses_a_state_that_is(expr, message, tmp_path):
    params = [FAR, {"name": "state", "expr": expr}]
    params[0] = {**FAR, "bind": RANGE.to_dict()}
    with pytest.raises(ValueError, match=message):
        words_of(params, tmp_path)
    state = {"name": "state", "expr": "'It is'"}
    with pytest.raises(ValueError, match=message.replace("state", "far_text")):
        words_of([params[0], {"name": "far_text", "expr": expr}, state], tmp_path)


def test_a_state_may_speak_of_the_null_hypothesis_and_the_undefined(tmp_path):
    words = ["null", "undefined"]
    params = [
        {"name": "far", "value": 1, "bind": RANGE.to_dict()},
        {"name": "far_text", "expr": "far + ' & more'"},
        {"name": "words", "value": words},
        {"name": "state", "expr": "'The null < ' + (far == null ? NaN : words[far])"},
    ]
    said = words_of(params, tmp_path)
    assert said == {"far_text": "1 & more", "state": "The null < undefined"}


ROWS = alt.InlineData(values=[{"x": 1}, {"y": 2}])
DOT = alt.Chart(ROWS).mark_point()
LINE = alt.Chart().mark_line()
SHOWN = {
    "a field that is not there": (
        DOT.encode(x="z:Q"),
        "shows z, and its data have only x, y",
    ),
    "a field of a layer": (
        alt.layer(DOT.encode(x="x:Q"), LINE.encode(x="z:Q"), data=ROWS),
        "shows z, and",
    ),
    "no data": (LINE.encode(x="x:Q"), "shows x, and it has no data"),
}


@pytest.mark.parametrize(("chart", "message"), SHOWN.values(), ids=SHOWN)
def test_the_build_refuses_to_draw(chart, message):
    with pytest.raises(PluginError, match=f"a.md:4: the chart {message}"):
        check_fields((chart | chart).to_dict(), "a.md:4")


DRAWN = {
    "what some rows have": DOT.encode(x="x:Q", y="y:Q", tooltip=["x:Q"]),
    "a number": LINE.encode(y=alt.datum(3)),
    "what is computed": LINE.transform_calculate(x="3").encode(x="x:Q"),
    "what a layer inherits": alt.layer(LINE.encode(x="x:Q"), data=ROWS),
    "a sequence": alt.Chart(alt.sequence(3, as_="n")).mark_line().encode(x="n:Q"),
    "a count": DOT.encode(x="x:Q", y="count()"),
    "what is nested": alt.Chart(alt.InlineData(values=[{"a": {"b": 1}}]))
    .mark_point()
    .encode(x="a.b:Q"),
    "plain numbers": alt.Chart(alt.InlineData(values=[1, 2]))
    .mark_point()
    .encode(x="data:Q"),
}


@pytest.mark.parametrize("chart", DRAWN.values(), ids=DRAWN)
def test_the_build_draws(chart):
    check_fields((chart | chart).to_dict(), "a.md:4")
