"""KMeans behaves as scikit-learn's: its own checks, and behaviours written down here and held against both libraries."""

import os
import pickle
import signal
import threading
import time
import unittest
import warnings

import numpy as np
import pandas
import sklearn.cluster
from sklearn.base import clone
from sklearn.datasets import load_iris, make_blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import coterie
import coterie.cluster

BLOBS, GROUPS = make_blobs(300, centers=4, n_features=3, cluster_std=0.6, random_state=3)
START = BLOBS[:4].copy()
IRIS = load_iris().data
IRIS_INERTIA = {2: 152.347952, 3: 78.851441, 4: 57.228473, 5: 46.446182, 6: 39.039987}  # scikit-learn, 200 starts


def same_partition(a, b):
    return len(set(zip(a, b))) == len(set(a)) == len(set(b))


class Behaviours:
    """Each holds for scikit-learn's KMeans and for ours."""

    KMeans = None

    def test_01_attributes_shapes_and_types(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        self.assertEqual(model.cluster_centers_.shape, (4, 3))
        self.assertEqual((model.labels_.shape, model.labels_.dtype), ((300,), np.int32))
        self.assertIsInstance(model.inertia_, float)
        self.assertGreaterEqual(model.n_iter_, 1)
        self.assertEqual(model.n_features_in_, 3)

    def test_02_fit_returns_self(self):
        model = self.KMeans(3)
        self.assertIs(model.fit(BLOBS), model)

    def test_03_defaults(self):
        self.assertEqual(self.KMeans().get_params(), sklearn.cluster.KMeans().get_params())

    def test_04_parameters_are_kept_as_given(self):
        model = self.KMeans(n_clusters=5, init="random", n_init=2, max_iter=7, tol=0.1, random_state=9)
        self.assertEqual(model.set_params(n_clusters=6).n_clusters, 6)
        self.assertEqual(clone(model).get_params(), model.get_params())

    def test_05_only_n_clusters_is_positional(self):
        with self.assertRaises(TypeError):
            self.KMeans(3, "random")

    def test_06_given_centres_keep_their_order(self):
        model = self.KMeans(4, init=START, n_init=1).fit(BLOBS)
        self.assertTrue(np.array_equal(model.predict(model.cluster_centers_), np.arange(4)))

    def test_07_centres_are_the_means_of_their_rows(self):
        model = self.KMeans(4, random_state=0, tol=0).fit(BLOBS)
        for c in range(4):
            np.testing.assert_allclose(model.cluster_centers_[c], BLOBS[model.labels_ == c].mean(axis=0))

    def test_08_inertia_is_the_sum_of_squares(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        squares = ((BLOBS - model.cluster_centers_[model.labels_]) ** 2).sum()
        self.assertAlmostEqual(model.inertia_, squares, places=8)

    def test_09_callable_starts(self):
        seen = []

        def starts(X, n_clusters, random_state):
            seen.append((X.shape, n_clusters, random_state is not None))
            return X[:n_clusters].copy()

        model = self.KMeans(4, init=starts, n_init=1, random_state=0).fit(BLOBS)
        self.assertEqual(seen, [((300, 3), 4, True)])
        self.assertTrue(same_partition(model.labels_, self.KMeans(4, init=START, n_init=1).fit(BLOBS).labels_))

    def test_10_random_starts(self):
        model = self.KMeans(4, init="random", n_init=20, random_state=0).fit(BLOBS)
        self.assertTrue(same_partition(model.labels_, GROUPS))

    def test_11_more_starts_are_never_worse(self):
        one = self.KMeans(12, n_init=1, init="random", random_state=5).fit(BLOBS)
        many = self.KMeans(12, n_init=30, init="random", random_state=5).fit(BLOBS)
        self.assertLessEqual(many.inertia_, one.inertia_ + 1e-9)

    def test_12_given_centres_and_n_init_warn(self):
        with self.assertWarnsRegex(RuntimeWarning, "Explicit initial center position passed"):
            self.KMeans(4, init=START, n_init=5).fit(BLOBS)

    def test_13_same_seed_same_answer(self):
        a, b = (self.KMeans(5, random_state=7).fit(BLOBS) for _ in range(2))
        np.testing.assert_array_equal(a.labels_, b.labels_)
        np.testing.assert_array_equal(a.cluster_centers_, b.cluster_centers_)

    def test_14_a_random_state_instance(self):
        a = self.KMeans(5, random_state=np.random.RandomState(3)).fit(BLOBS)
        b = self.KMeans(5, random_state=np.random.RandomState(3)).fit(BLOBS)
        np.testing.assert_array_equal(a.labels_, b.labels_)

    def test_15_weights_count_as_repeated_rows(self):
        weight = np.random.RandomState(0).randint(1, 4, 300)
        weighted = self.KMeans(4, init=START, n_init=1, tol=0).fit(BLOBS, sample_weight=weight)
        repeated = self.KMeans(4, init=START, n_init=1, tol=0).fit(np.repeat(BLOBS, weight, axis=0))
        np.testing.assert_allclose(weighted.cluster_centers_, repeated.cluster_centers_)
        self.assertAlmostEqual(weighted.inertia_, repeated.inertia_, places=6)

    def test_16_a_weight_of_zero_counts_nothing(self):
        weight = np.ones(300)
        weight[:50] = 0
        start = BLOBS[100:104]
        model = self.KMeans(4, init=start, n_init=1, tol=0).fit(BLOBS, sample_weight=weight)
        without = self.KMeans(4, init=start, n_init=1, tol=0).fit(BLOBS[50:])
        np.testing.assert_allclose(model.cluster_centers_, without.cluster_centers_)
        self.assertEqual(len(model.labels_), 300)

    def test_17_predict_gives_the_nearest_centre(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        new = BLOBS[:20] + 0.01
        nearest = ((new[:, None, :] - model.cluster_centers_) ** 2).sum(axis=2).argmin(axis=1)
        np.testing.assert_array_equal(model.predict(new), nearest)
        self.assertEqual(model.predict(new).dtype, np.int32)

    def test_18_labels_are_those_of_predict(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        np.testing.assert_array_equal(model.labels_, model.predict(BLOBS))
        np.testing.assert_array_equal(self.KMeans(4, random_state=0).fit_predict(BLOBS), model.labels_)

    def test_19_transform_gives_distances(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        distances = np.sqrt(((BLOBS[:, None, :] - model.cluster_centers_) ** 2).sum(axis=2))
        np.testing.assert_allclose(model.transform(BLOBS), distances, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(self.KMeans(4, random_state=0).fit_transform(BLOBS), distances, rtol=1e-6, atol=1e-9)

    def test_20_score_is_the_negative_inertia(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        self.assertAlmostEqual(model.score(BLOBS), -model.inertia_, places=6)
        self.assertAlmostEqual(model.score(BLOBS, sample_weight=np.full(300, 2.0)), -2 * model.inertia_, places=6)

    def test_21_float32_stays_float32(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS.astype(np.float32))
        self.assertEqual(model.cluster_centers_.dtype, np.float32)
        self.assertEqual(model.transform(BLOBS.astype(np.float32)).dtype, np.float32)
        self.assertTrue(same_partition(model.labels_, GROUPS))

    def test_22_fortran_order_and_strides(self):
        plain = self.KMeans(4, init=START, n_init=1).fit(BLOBS)
        for view in (np.asfortranarray(BLOBS), np.repeat(BLOBS, 2, axis=0)[::2], BLOBS[:, ::-1][:, ::-1]):
            np.testing.assert_array_equal(self.KMeans(4, init=START, n_init=1).fit(view).labels_, plain.labels_)

    def test_23_integers_lists_and_read_only_arrays(self):
        whole = np.round(BLOBS * 10).astype(np.int64)
        frozen = BLOBS.copy()
        frozen.setflags(write=False)
        for X in (whole, whole.tolist(), frozen):
            self.assertEqual(self.KMeans(4, random_state=0).fit(X).cluster_centers_.dtype, np.float64)

    def test_24_x_is_never_changed(self):
        X = BLOBS.copy()
        self.KMeans(4, random_state=0).fit(X)
        np.testing.assert_array_equal(X, BLOBS)

    def test_25_names_of_columns(self):
        frame = pandas.DataFrame(BLOBS, columns=["a", "b", "c"])
        model = self.KMeans(4, random_state=0).fit(frame)
        np.testing.assert_array_equal(model.feature_names_in_, ["a", "b", "c"])
        with self.assertWarnsRegex(UserWarning, "does not have valid feature names"):
            model.predict(BLOBS)
        with self.assertRaisesRegex(ValueError, "feature names"):
            model.predict(frame.rename(columns={"a": "z"}))

    def test_26_names_of_distances_and_set_output(self):
        model = self.KMeans(4, random_state=0).set_output(transform="pandas")
        out = model.fit_transform(pandas.DataFrame(BLOBS, columns=["a", "b", "c"]))
        self.assertEqual(list(out.columns), ["kmeans0", "kmeans1", "kmeans2", "kmeans3"])
        np.testing.assert_array_equal(model.get_feature_names_out(), list(out.columns))

    def test_27_too_few_distinct_rows_warn(self):
        X = np.array([[0.0, 0], [0, 0], [1, 1], [1, 1]])
        with self.assertWarnsRegex(ConvergenceWarning, r"distinct clusters \(2\) found smaller than n_clusters \(3\)"):
            model = self.KMeans(3, random_state=0).fit(X)
        self.assertEqual(model.cluster_centers_.shape, (3, 2))
        self.assertEqual(model.inertia_, 0)
        self.assertTrue(same_partition(model.labels_, [0, 0, 1, 1]))

    def test_28_fewer_rows_than_clusters_is_an_error(self):
        with self.assertRaisesRegex(ValueError, r"n_samples=3 should be >= n_clusters=4"):
            self.KMeans(4).fit(BLOBS[:3])

    def test_29_not_a_number_and_infinity_are_errors(self):
        for bad in (np.nan, np.inf):
            X = BLOBS.copy()
            X[5, 1] = bad
            with self.assertRaisesRegex(ValueError, "NaN|infini"):
                self.KMeans(4).fit(X)

    def test_30_strings_are_errors(self):
        with self.assertRaises(ValueError):
            self.KMeans(2).fit([["a"], ["b"], ["c"]])

    def test_31_not_fitted(self):
        with self.assertRaises(NotFittedError):
            self.KMeans(4).predict(BLOBS)

    def test_32_another_number_of_columns(self):
        with self.assertRaisesRegex(ValueError, "2 features"):
            self.KMeans(4, random_state=0).fit(BLOBS).predict(BLOBS[:, :2])

    def test_33_bad_parameters_are_value_errors(self):
        for bad in ({"n_clusters": 0}, {"max_iter": 0}, {"tol": -1.0}, {"init": "best"}, {"n_init": 0},
                    {"algorithm": "auto"}):
            with self.assertRaises(ValueError):
                self.KMeans(**bad).fit(BLOBS)

    def test_34_starting_centres_of_the_wrong_shape(self):
        with self.assertRaisesRegex(ValueError, "does not match"):
            self.KMeans(3, init=START, n_init=1).fit(BLOBS)

    def test_35_pickle_and_copies(self):
        model = self.KMeans(4, random_state=0).fit(BLOBS)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(BLOBS), model.labels_)

    def test_36_pipelines_searches_and_scores(self):
        pipe = make_pipeline(StandardScaler(), self.KMeans(random_state=0, n_init=2))
        search = GridSearchCV(pipe, {"kmeans__n_clusters": [2, 4]}, cv=3).fit(BLOBS)
        self.assertEqual(search.best_params_, {"kmeans__n_clusters": 4})
        self.assertEqual(cross_val_score(self.KMeans(4, random_state=0), BLOBS, cv=3).shape, (3,))

    def test_37_one_cluster_and_one_column(self):
        model = self.KMeans(1).fit(BLOBS[:, :1])
        np.testing.assert_allclose(model.cluster_centers_, [[BLOBS[:, 0].mean()]])

    def test_38_one_round(self):
        self.assertEqual(self.KMeans(4, init=START, n_init=1, max_iter=1).fit(BLOBS).n_iter_, 1)

    def test_39_a_second_fit_forgets_the_first(self):
        model = self.KMeans(3, random_state=0).fit(BLOBS)
        self.assertEqual(model.fit(BLOBS[:, :2]).cluster_centers_.shape, (3, 2))

    def test_40_iris_and_its_published_inertia(self):
        for k, inertia in IRIS_INERTIA.items():
            self.assertAlmostEqual(self.KMeans(k, n_init=50, tol=0, random_state=0).fit(IRIS).inertia_, inertia, places=6)


class ScikitLearns(Behaviours, unittest.TestCase):
    KMeans = sklearn.cluster.KMeans

    def setUp(self):
        warnings.simplefilter("ignore", ConvergenceWarning)


class Ours(Behaviours, unittest.TestCase):
    KMeans = coterie.cluster.KMeans

    def test_it_passes_every_check_of_scikit_learn(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = check_estimator(coterie.cluster.KMeans(), on_fail=None)
        self.assertGreater(len(results), 50)
        self.assertEqual([r["check_name"] for r in results if r["status"] == "failed"], [])

    def test_it_is_scikit_learns_from_the_same_starts(self):
        for seed in range(20):
            random = np.random.RandomState(seed)
            X, k = random.normal(size=(400, 1 + seed % 7)), 2 + seed % 9
            weight = random.randint(0, 4, 400).astype(float) if seed % 2 else None
            start = X[weight > 0][:k] if weight is not None else X[:k]
            a, b = (kind(k, init=start, n_init=1, tol=0).fit(X, sample_weight=weight)
                    for kind in (coterie.cluster.KMeans, sklearn.cluster.KMeans))
            np.testing.assert_array_equal(a.labels_, b.labels_)
            np.testing.assert_allclose(a.inertia_, b.inertia_, rtol=1e-10)
            self.assertEqual(a.n_iter_, b.n_iter_)

    def test_the_same_bits_for_any_number_of_threads(self):
        X = np.random.RandomState(0).normal(size=(20_000, 5))
        answers = []
        for threads in (1, 2, 5):
            coterie.set_threads(threads)
            model = coterie.cluster.KMeans(7, random_state=1).fit(X)
            answers.append((model.cluster_centers_.tobytes(), model.labels_.tobytes(), model.inertia_))
        coterie.set_threads(None)
        self.assertEqual(len(set(answers)), 1)

    def test_a_bad_value_is_named_by_row_and_column(self):
        X = np.zeros((50, 3))
        X[7, 2] = np.nan
        with self.assertRaisesRegex(ValueError, "row 7, column 2 is NaN"):
            coterie.cluster.KMeans(4).fit(X)

    def test_rows_in_another_order_give_the_same_partition(self):
        order = np.random.RandomState(0).permutation(300)
        a = coterie.cluster.KMeans(4, init=START, n_init=1).fit(BLOBS)
        b = coterie.cluster.KMeans(4, init=START, n_init=1).fit(BLOBS[order])
        np.testing.assert_array_equal(a.labels_[order], b.labels_)

    def test_memory_is_asked_for_before_it_is_taken(self):
        coterie.set_memory(1000)
        self.addCleanup(coterie.set_memory, 4 << 30)
        with self.assertRaises(MemoryError):
            coterie.cluster.KMeans(4).fit(BLOBS)

    def test_settings_refuse_nonsense(self):
        for bad in (0, -1, 1.5, True, "2"):
            with self.assertRaises(ValueError):
                coterie.set_threads(bad)
            with self.assertRaises(ValueError):
                coterie.set_memory(bad)

    def test_odd_numbers_give_an_answer_or_an_error(self):
        whale = BLOBS.copy()
        whale[0] *= 1e6
        self.assertEqual(np.bincount(coterie.cluster.KMeans(2, random_state=0).fit(whale).labels_).min(), 1)
        apart = np.array([[1e-30], [2e-30], [1e30], [2e30]])
        self.assertEqual(len(set(coterie.cluster.KMeans(2, random_state=0).fit(apart).labels_)), 2)
        constant = np.column_stack([BLOBS[:, 0], np.ones(300)])
        self.assertTrue(np.isfinite(coterie.cluster.KMeans(3, random_state=0).fit(constant).inertia_))
        with self.assertRaisesRegex(ValueError, "weight"):
            coterie.cluster.KMeans(2).fit(BLOBS, sample_weight=-np.ones(300))
        with self.assertRaisesRegex(ValueError, "weight"):
            coterie.cluster.KMeans(2).fit(BLOBS, sample_weight=np.zeros(300))
        with self.assertRaises(ValueError):
            coterie.cluster.KMeans(2).fit(np.empty((0, 3)))
        with self.assertRaises(ValueError):
            coterie.cluster.KMeans(2).fit(np.empty((5, 0)))

    def test_the_interpreter_goes_on_while_it_computes(self):
        X = np.random.RandomState(0).normal(size=(200_000, 8))
        ticks, done = [], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.005)

        thread = threading.Thread(target=tick)
        thread.start()
        coterie.cluster.KMeans(30, max_iter=15, tol=0, random_state=0).fit(X)
        done.set()
        thread.join()
        self.assertGreater(len(ticks), 5)

    def test_ctrl_c_stops_it(self):
        X = np.random.RandomState(0).normal(size=(400_000, 16))
        # A shell that starts this in the background has interrupts ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            coterie.cluster.KMeans(200, n_init=50, tol=0, random_state=0).fit(X)
        timer.join()


if __name__ == "__main__":
    unittest.main()
