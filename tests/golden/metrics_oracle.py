"""scikit-learn's values of every metric that Coterie shares with it, on inputs with ties, weights and extremes.

    metrics_oracle.py > tests/golden/metrics_sklearn.json

`metrics_golden_test.cc` computes the same inputs with ours and demands 1e-12; tests/tools/metrics_oracle_test.py
demands that the file is what this prints. `null` is a metric that scikit-learn does not define there (it raises, or
warns that it is undefined): ours must refuse.
"""

import json
import random
import warnings

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning

SEED = 20251126


def defined(function, *arguments, **options):
    """Its value, or None where scikit-learn says that there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UndefinedMetricWarning)
        warnings.filterwarnings("error", message="No positive class found")
        try:
            value = float(function(*arguments, **options))
        except (ValueError, UndefinedMetricWarning, UserWarning):
            return None
    return None if np.isnan(value) else value


def curve(labels, scores, weights):
    """Points without the first, whose threshold is infinite."""
    if len(set(labels)) < 2:
        return None
    false_positive, true_positive, thresholds = metrics.roc_curve(labels, scores, sample_weight=weights)
    return [list(point) for point in zip(thresholds.tolist()[1:], false_positive.tolist()[1:],
                                         true_positive.tolist()[1:])]


def classification(name, scores, labels, weights=None):
    return {
        "name": name, "scores": scores, "labels": labels, "weights": weights or [],
        "roc_auc_score": defined(metrics.roc_auc_score, labels, scores, sample_weight=weights),
        "average_precision_score": defined(metrics.average_precision_score, labels, scores, sample_weight=weights),
        "log_loss": defined(metrics.log_loss, labels, scores, sample_weight=weights, labels=[0, 1]),
        "brier_score_loss": defined(metrics.brier_score_loss, labels, scores, sample_weight=weights, pos_label=1),
        "roc_curve": curve(labels, scores, weights),
    }


def classification_cases(numbers):
    def labels_of(scores, slope=0.8):
        return [int(numbers.random() < 0.1 + slope * score) for score in scores]

    def weights_of(n):
        return [round(numbers.expovariate(1), 3) for _ in range(n)]

    for n, levels in ((12, 3), (60, 5), (60, 1000), (200, 11), (300, 10**9)):
        scores = [numbers.randrange(levels) / levels for _ in range(n)]
        labels = [1, 0, *labels_of(scores)[2:]]
        yield classification(f"{n} rows, {levels} levels", scores, labels)
        yield classification(f"{n} rows, {levels} levels, weights", scores, labels, weights_of(n))
        whole = [float(numbers.randrange(4)) for _ in range(n)]
        yield classification(f"{n} rows, {levels} levels, whole weights, zeros", scores, labels, [1.0, 1.0, *whole[2:]])
    scores = [numbers.random() ** 6 for _ in range(250)]
    yield classification("rare positives", scores, [1, *labels_of(scores, 0.3)[1:]], weights_of(250))
    yield classification("certain and right", [0.0, 1.0, 1.0, 0.0], [0, 1, 1, 0])
    yield classification("certain and wrong", [0.0, 1.0, 1.0, 0.0, 0.3], [1, 0, 0, 1, 1])
    yield classification("all scores equal", [0.25] * 7, [1, 0, 0, 1, 0, 0, 0])
    yield classification("all scores equal, weights", [0.25] * 7, [1, 0, 0, 1, 0, 0, 0], weights_of(7))
    yield classification("next to each other", [0.5, float(np.nextafter(0.5, 1)), float(np.nextafter(0.5, 0))], [0, 1, 1])
    yield classification("tiny", [5e-324, 0.0, 1e-300, 1e-16], [1, 0, 1, 0])
    yield classification("one positive", [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 0])
    yield classification("one negative", [0.1, 0.4, 0.35, 0.8], [1, 1, 0, 1])
    yield classification("two rows", [0.7, 0.2], [0, 1])
    yield classification("positives alone", [0.1, 0.4, 0.35], [1, 1, 1])
    yield classification("negatives alone", [0.1, 0.4, 0.35], [0, 0, 0])
    yield classification("weights of very different size", [0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 0, 1],
                         [1e-9, 1e9, 1.0, 1e-3, 1e6])


def ranking_cases(numbers):
    for catalogue, listed, wanted, k in ((10, 6, 3, 5), (10, 10, 10, 4), (50, 20, 7, 20), (50, 20, 30, 20),
                                         (200, 20, 1, 20), (200, 50, 60, 50), (5, 5, 1, 1)):
        items = list(range(catalogue))
        ranked = numbers.sample(items, listed)
        relevant = sorted(numbers.sample(items, wanted))
        truth, scores = np.zeros(catalogue), np.zeros(catalogue)
        truth[relevant] = 1
        scores[ranked] = np.arange(listed, 0, -1)
        # Items off the list share the score 0; scikit-learn would average over their orders, so k ends before them.
        yield {"ranked": ranked, "relevant": relevant, "k": min(k, listed),
               "ndcg_score": float(metrics.ndcg_score([truth], [scores], k=min(k, listed)))}


def calibration_cases(numbers):
    for n, n_bins in ((100, 5), (400, 10), (1000, 10), (60, 20)):
        probabilities = [numbers.random() for _ in range(n)]  # distinct, and n_bins divides n
        labels = [int(numbers.random() < p ** 1.5) for p in probabilities]
        observed, predicted = calibration_curve(labels, probabilities, n_bins=n_bins, strategy="quantile")
        yield {"probabilities": probabilities, "labels": labels, "n_bins": n_bins,
               "mean_predicted": predicted.tolist(), "observed_rate": observed.tolist()}


def clustering(name, points, labels):
    return {"name": name, "points": points, "labels": labels,
            "silhouette_score": defined(metrics.silhouette_score, points, labels),
            "calinski_harabasz_score": defined(metrics.calinski_harabasz_score, points, labels),
            "davies_bouldin_score": defined(metrics.davies_bouldin_score, points, labels)}


def clustering_cases(numbers):
    def cloud(n, dimensions, clusters, spread):
        labels = [i % clusters if i < 2 * clusters else numbers.randrange(clusters) for i in range(n)]
        return [[round(3 * (label * 7 % 5) + d * label + numbers.gauss(0, spread), 4) for d in range(dimensions)]
                for label in labels], labels

    yield clustering("apart", *cloud(80, 3, 4, 0.3))
    yield clustering("mixed", *cloud(120, 2, 5, 4.0))
    yield clustering("many dimensions", *cloud(60, 12, 3, 1.0))
    yield clustering("one dimension", *cloud(40, 1, 2, 1.0))
    points, labels = cloud(30, 2, 3, 1.0)
    yield clustering("one row alone", [*points, [40.0, -3.0]], [*labels, 9])
    yield clustering("equal rows", [[1.0, 2.0]] * 5 + [[4.0, 0.0]] * 3, [0] * 5 + [1] * 3)
    yield clustering("equal rows in two clusters", [[1.0, 2.0]] * 4 + [[4.0, 0.0]] * 3, [0, 1, 0, 1, 1, 2, 2])
    # No points far from 0: scikit-learn's distances (|x|² − 2xy + |y|²) lose half of their digits there.
    yield clustering("one label", points, [0] * len(points))
    yield clustering("a label for every row", points, list(range(len(points))))


def agreement_cases(numbers):
    def pair(n, a, b, shared):
        left = [numbers.randrange(a) for _ in range(n)]
        return left, [x % b if numbers.random() < shared else numbers.randrange(b) for x in left]

    pairs = [pair(200, 5, 5, 0.8), pair(200, 5, 5, 0.0), pair(150, 12, 3, 0.5), pair(40, 2, 9, 0.9),
             pair(500, 40, 40, 0.3), ([0, 0, 1, 1], [1, 1, 0, 0]), ([0, 0, 1, 1], [0, 1, 0, 1]), ([0] * 6, [0] * 6),
             ([0] * 6, list(range(6))), (list(range(6)), list(range(6))), ([0] * 5, [0, 0, 1, 1, 1]), ([3], [8]),
             ([0] * 3000 + [1] * 4000, [0] * 2000 + [1] * 5000)]
    for labels_true, labels_pred in pairs:
        yield {"labels_true": labels_true, "labels_pred": labels_pred,
               "adjusted_rand_score": float(metrics.adjusted_rand_score(labels_true, labels_pred))}


def golden():
    numbers = random.Random(SEED)
    return {"made_by": f"metrics_oracle.py with scikit-learn {sklearn.__version__}",
            "classification": list(classification_cases(numbers)), "ranking": list(ranking_cases(numbers)),
            "calibration": list(calibration_cases(numbers)), "clustering": list(clustering_cases(numbers)),
            "agreement": list(agreement_cases(numbers))}


def text():
    parts = golden()
    lines = [f' "made_by": {json.dumps(parts.pop("made_by"))}']
    for part, cases in parts.items():
        lines.append(f' "{part}": [\n  ' + ",\n  ".join(json.dumps(case, separators=(",", ":")) for case in cases)
                     + "\n ]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    print(text(), end="")
