"""scikit-learn's DecisionTreeClassifier on its own data sets: what tests/golden/tree_golden_test.cc holds ours against.

    tree_oracle.py > tests/golden/tree_sklearn.json

Columns are rounded to f32, as scikit-learn reads them. Where two splits are equally good, scikit-learn takes one by
chance: each tree is grown with 20 seeds and what all of them agree on is written.
"""

import csv
import json
import pathlib

import numpy as np
import sklearn
from sklearn.tree import DecisionTreeClassifier


def load(name):
    """As the CSV inside scikit-learn has it: what the C++ test reads."""
    path = pathlib.Path(sklearn.__file__).parent / "datasets" / "data" / name
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    x = np.array([[float(value) for value in row[:-1]] for row in rows]).astype(np.float32).astype(np.float64)
    return x, np.array([int(row[-1]) for row in rows])


def tree_of(x, y, depth, leaf, seed):
    model = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=seed).fit(x, y)
    tree = model.tree_
    leaves = tree.children_left == -1
    gini = float((tree.weighted_n_node_samples * tree.impurity)[leaves].sum() / len(y))
    return {"n_leaves": int(leaves.sum()), "root_feature": int(tree.feature[0]), "root_threshold": float(tree.threshold[0]),
            "accuracy": model.score(x, y), "gini": round(gini, 12)}


def case(name, depth, leaf):
    x, y = load(name)
    trees = [tree_of(x, y, depth, leaf, seed) for seed in range(20)]
    agreed = {key: value for key, value in trees[0].items() if all(tree[key] == value for tree in trees)}
    return {"file": name, "max_depth": depth, "min_samples_leaf": leaf, "sklearn": agreed}


def text():
    cases = [case(name, depth, leaf) for name in ("iris.csv", "wine_data.csv", "breast_cancer.csv")
             for depth, leaf in ((1, 1), (2, 1), (3, 1), (4, 1), (3, 5), (4, 10))]
    lines = ",\n".join("  " + json.dumps(one) for one in cases)
    return f'{{"made_by": "tree_oracle.py, scikit-learn {sklearn.__version__}", "cases": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    print(text(), end="")
