"""KMedians, MiniBatchKMeans and select_k: scikit-learn's checks, plain references, and what people hand in."""

import pickle
import unittest
import warnings

import numpy as np
import pandas
import sklearn.cluster
import sklearn.metrics
from scipy.spatial.distance import cdist
from sklearn.datasets import load_iris, load_wine, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score, silhouette_score)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import coterie
import coterie.metrics
from coterie.cluster import KMeans, KMedians, MiniBatchKMeans, SphericalKMeans, select_k

BLOBS, GROUPS = make_blobs(600, centers=5, n_features=3, cluster_std=0.7, random_state=4)


def failed_checks(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {r["check_name"] for r in check_estimator(estimator, on_fail=None) if r["status"] == "failed"}


class ParallelStarts(unittest.TestCase):
    """init="k-means||", which scikit-learn has not."""

    def test_it_ends_as_well_as_k_means_plus_plus(self):
        ratios = []
        for seed in range(10):
            X = make_blobs(4000, 4, centers=40, random_state=seed)[0]
            plus_plus, parallel = (KMeans(40, init=init, n_init=1, random_state=seed).fit(X)
                                   for init in ("k-means++", "k-means||"))
            ratios.append(parallel.inertia_ / plus_plus.inertia_)
        self.assertLess(np.mean(ratios), 1.03)

    def test_it_is_one_start_and_of_k_means_alone(self):
        model = KMeans(5, init="k-means||", random_state=0).fit(BLOBS)
        again = KMeans(5, init="k-means||", n_init=1, random_state=0).fit(BLOBS)
        np.testing.assert_array_equal(model.cluster_centers_, again.cluster_centers_)
        with self.assertRaisesRegex(ValueError, "'k-means\\+\\+', 'random', a callable"):
            KMedians(5, init="k-means||").fit(BLOBS)


class SphericalKMeansTest(unittest.TestCase):
    """Written down from the definition: scikit-learn has none."""

    def setUp(self):
        random = np.random.RandomState(0)
        self.X = np.abs(random.normal(size=(400, 3))) @ random.normal(size=(3, 6))
        self.unit = self.X / np.linalg.norm(self.X, axis=1, keepdims=True)

    def test_it_passes_every_check_of_scikit_learn(self):
        self.assertEqual(failed_checks(SphericalKMeans()), set())

    def test_centres_are_the_directions_of_their_rows_and_labels_the_least_angles(self):
        model = SphericalKMeans(5, tol=0, random_state=0).fit(self.X)
        for c in range(5):
            mean = self.unit[model.labels_ == c].sum(axis=0)
            np.testing.assert_allclose(model.cluster_centers_[c], mean / np.linalg.norm(mean), atol=1e-12)
        cosines = self.unit @ model.cluster_centers_.T
        np.testing.assert_array_equal(model.labels_, cosines.argmax(axis=1))
        np.testing.assert_array_equal(model.predict(self.X), model.labels_)
        np.testing.assert_allclose(model.transform(self.X), 1 - cosines, atol=1e-9)
        self.assertAlmostEqual(model.inertia_, (1 - cosines.max(axis=1)).sum(), places=9)
        self.assertAlmostEqual(model.score(self.X), -model.inertia_, places=9)

    def test_amounts_do_not_count(self):
        a = SphericalKMeans(5, random_state=0).fit(self.X)
        b = SphericalKMeans(5, random_state=0).fit(self.X * 2.0 ** np.random.RandomState(1).randint(-40, 40, (400, 1)))
        np.testing.assert_array_equal(a.labels_, b.labels_)
        np.testing.assert_array_equal(a.cluster_centers_, b.cluster_centers_)

    def test_it_beats_k_means_where_the_mix_counts(self):
        random = np.random.RandomState(2)
        mixes = random.dirichlet(np.full(12, 0.3), size=6)
        group = random.randint(0, 6, 1500)
        counts = np.array([random.multinomial(int(random.lognormal(3, 1.2)) + 1, mixes[g]) for g in group]).astype(float)
        spherical = adjusted_rand_score(group, SphericalKMeans(6, n_init=10, random_state=0).fit_predict(counts))
        plain = adjusted_rand_score(group, KMeans(6, n_init=10, random_state=0).fit_predict(counts))
        self.assertGreater(spherical, plain + 0.2)

    def test_a_row_of_zeros_points_nowhere(self):
        without = SphericalKMeans(4, random_state=0).fit(self.X)
        model = SphericalKMeans(4, random_state=0).fit(np.vstack([self.X, np.zeros((2, 6))]))
        np.testing.assert_array_equal(model.cluster_centers_, without.cluster_centers_)
        np.testing.assert_array_equal(model.labels_, np.append(without.labels_, [0, 0]).astype(np.int32))
        self.assertAlmostEqual(model.inertia_, without.inertia_ + 2, places=9)
        np.testing.assert_array_equal(model.transform(np.zeros((1, 6))), np.ones((1, 4)))
        self.assertEqual((model.predict(np.zeros((1, 6)))[0], model.score(np.zeros((1, 6)))), (0, -1))
        for k in (1, 2):
            with self.assertRaisesRegex(ValueError, "no direction"):
                SphericalKMeans(k).fit(np.zeros((5, 2)))
        with self.assertWarnsRegex(ConvergenceWarning, r"\(2\) found smaller than n_clusters \(3\)"):
            few = SphericalKMeans(3, random_state=0).fit([[1, 0], [2, 0], [0, 1], [0, 0]])
        np.testing.assert_array_equal(np.linalg.norm(few.cluster_centers_, axis=1), np.ones(3))
        np.testing.assert_array_equal(few.transform([[0, 0]]), np.ones((1, 3)))

    def test_fewer_directions_than_clusters(self):
        X = np.outer(np.arange(1, 30), [1.0, 2.0])
        with self.assertWarnsRegex(ConvergenceWarning, "smaller than n_clusters"):
            model = SphericalKMeans(3, random_state=0).fit(X)
        self.assertAlmostEqual(model.inertia_, 0, places=12)

    def test_f32_in_f32_out(self):
        model = SphericalKMeans(4, random_state=0).fit(self.X.astype(np.float32))
        self.assertEqual((model.cluster_centers_.dtype, model.transform(self.X.astype(np.float32)).dtype), (np.float32, np.float32))


class KMediansTest(unittest.TestCase):
    def test_it_passes_every_check_of_scikit_learn(self):
        self.assertEqual(failed_checks(KMedians()), set())

    def test_centres_are_lower_medians_and_inertia_is_manhattan(self):
        model = KMedians(5, random_state=0).fit(BLOBS)
        for c in range(5):
            rows = np.sort(BLOBS[model.labels_ == c], axis=0)
            np.testing.assert_array_equal(model.cluster_centers_[c], rows[(len(rows) - 1) // 2])
        distances = cdist(BLOBS, model.cluster_centers_, "cityblock")
        np.testing.assert_array_equal(model.labels_, distances.argmin(axis=1))
        self.assertAlmostEqual(model.inertia_, distances.min(axis=1).sum(), places=8)
        np.testing.assert_allclose(model.transform(BLOBS), distances)
        self.assertAlmostEqual(model.score(BLOBS), -model.inertia_, places=8)

    def test_weights_count_as_repeated_rows(self):
        weight = np.random.RandomState(0).randint(0, 4, 600)
        weighted = KMedians(5, random_state=0).fit(BLOBS, sample_weight=weight)
        repeated = KMedians(5, random_state=0).fit(np.repeat(BLOBS, weight, axis=0))
        np.testing.assert_array_equal(weighted.cluster_centers_, repeated.cluster_centers_)
        self.assertAlmostEqual(weighted.inertia_, repeated.inertia_, places=8)

    def test_whales_do_not_move_it(self):
        whales = BLOBS.copy()
        whales[:10] *= 1e6
        found = KMedians(5, n_init=20, random_state=0).fit(BLOBS)
        start = found.cluster_centers_
        moved = KMedians(5, init=start, n_init=1).fit(whales[10:])
        self.assertLess(np.abs(moved.cluster_centers_ - start).max(), 0.3)

    def test_starts_of_every_kind(self):
        for init in ("random", lambda X, k, random_state: X[:k], BLOBS[:5]):
            model = KMedians(5, init=init, random_state=0).fit(BLOBS)
            self.assertEqual(model.cluster_centers_.shape, (5, 3))

    def test_float32_names_pickles_and_pipelines(self):
        model = KMedians(5, random_state=0).fit(BLOBS.astype(np.float32))
        self.assertEqual(model.cluster_centers_.dtype, np.float32)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(BLOBS.astype(np.float32)), model.labels_)
        search = GridSearchCV(make_pipeline(StandardScaler(), KMedians(random_state=0)), {"kmedians__n_clusters": [2, 5]},
                              cv=3).fit(pandas.DataFrame(BLOBS, columns=list("abc")))
        self.assertEqual(search.best_params_, {"kmedians__n_clusters": 5})

    def test_too_few_distinct_rows_warn(self):
        with self.assertWarns(ConvergenceWarning):
            model = KMedians(3).fit(np.array([[0.0], [0], [1], [1]]))
        self.assertEqual(model.inertia_, 0)

    def test_the_same_bits_for_any_number_of_threads(self):
        answers = set()
        for threads in (1, 2, 5):
            coterie.set_threads(threads)
            model = KMedians(5, n_init=3, random_state=1).fit(np.repeat(BLOBS, 20, axis=0) + 0.1)
            answers.add((model.cluster_centers_.tobytes(), model.labels_.tobytes(), model.inertia_))
        coterie.set_threads(None)
        self.assertEqual(len(answers), 1)


class MiniBatchKMeansTest(unittest.TestCase):
    def test_it_fails_no_check_that_scikit_learns_passes(self):
        self.assertLessEqual(failed_checks(MiniBatchKMeans()), failed_checks(sklearn.cluster.MiniBatchKMeans()))

    def test_defaults(self):
        self.assertEqual(MiniBatchKMeans().get_params(), sklearn.cluster.MiniBatchKMeans().get_params())

    def test_it_comes_near_full_k_means(self):
        X, _ = make_blobs(20_000, centers=8, n_features=6, random_state=0)
        full = KMeans(8, n_init=10, random_state=0).fit(X)
        for seed in range(5):
            model = MiniBatchKMeans(8, n_init=3, random_state=seed).fit(X)
            self.assertLess(model.inertia_, 1.1 * full.inertia_)
            self.assertEqual(model.labels_.shape, (20_000,))

    def test_a_stream_ends_near_full_k_means(self):
        X, _ = make_blobs(20_000, centers=6, n_features=4, random_state=1)
        model = MiniBatchKMeans(6, n_init=5, random_state=0)
        for begin in range(0, len(X), 500):
            self.assertIs(model.partial_fit(X[begin:begin + 500]), model)
        self.assertEqual(model.n_steps_, 40)
        self.assertLess(-model.score(X), 1.3 * KMeans(6, n_init=10, random_state=0).fit(X).inertia_)

    def test_without_labels(self):
        model = MiniBatchKMeans(5, compute_labels=False, random_state=0).fit(BLOBS)
        self.assertFalse(hasattr(model, "labels_"))

    def test_bad_parameters(self):
        for bad in ({"batch_size": 0}, {"tol": -1}, {"reassignment_ratio": -1}, {"max_no_improvement": -1},
                    {"init_size": 0}):
            with self.assertRaises(ValueError):
                MiniBatchKMeans(**bad).fit(BLOBS)


class MetricsTest(unittest.TestCase):
    def test_they_are_scikit_learns(self):
        labels = np.array(["a", "b", "c", "d", "e"])[KMeans(5, random_state=0).fit_predict(BLOBS)]
        for name in ("silhouette_score", "calinski_harabasz_score", "davies_bouldin_score"):
            ours, theirs = getattr(coterie.metrics, name), getattr(sklearn.metrics, name)
            self.assertAlmostEqual(ours(BLOBS, labels), theirs(BLOBS, labels), delta=1e-9 * abs(theirs(BLOBS, labels)))
        self.assertAlmostEqual(coterie.metrics.adjusted_rand_score(GROUPS, labels), adjusted_rand_score(GROUPS, labels))

    def test_bad_input(self):
        for name in ("silhouette_score", "calinski_harabasz_score", "davies_bouldin_score"):
            for labels in (np.zeros(600), np.arange(600), np.zeros(3)):
                with self.assertRaises(ValueError):
                    getattr(coterie.metrics, name)(BLOBS, labels)
        with self.assertRaises(ValueError):
            coterie.metrics.adjusted_rand_score([1, 2], [1])


class SelectKTest(unittest.TestCase):
    def test_its_table_is_scikit_learns_and_the_published_values(self):
        iris = load_iris().data
        found = select_k(iris, range(2, 7), random_state=0)
        for row in found.table_:
            labels = found.estimators_[row["k"]].labels_
            self.assertAlmostEqual(row["silhouette"], silhouette_score(iris, labels), places=9)
            self.assertAlmostEqual(row["calinski_harabasz"], calinski_harabasz_score(iris, labels), places=6)
            self.assertAlmostEqual(row["davies_bouldin"], davies_bouldin_score(iris, labels), places=9)
        two, three = found.table_[0], found.table_[1]
        self.assertAlmostEqual(two["silhouette"], 0.681046, places=6)
        self.assertAlmostEqual(two["calinski_harabasz"], 513.9245, places=3)
        self.assertAlmostEqual(three["silhouette"], 0.552819, places=6)
        self.assertAlmostEqual(three["davies_bouldin"], 0.661972, places=6)
        self.assertEqual(found.best_k_, 2)
        self.assertIn("Calinski-Harabasz prefers 3", found.reason_)
        self.assertIn("k = 2", repr(found))

    def test_wine(self):
        wine = StandardScaler().fit_transform(load_wine().data)
        model = KMeans(3, n_init=50, tol=0, random_state=0).fit(wine)
        self.assertAlmostEqual(model.inertia_, 1277.928489, places=6)
        self.assertEqual(sorted(np.bincount(model.labels_)), [51, 62, 65])
        self.assertAlmostEqual(silhouette_score(wine, model.labels_), 0.284859, places=6)

    def test_it_finds_planted_groups(self):
        found = select_k(BLOBS, range(2, 9), random_state=0)
        self.assertEqual(found.best_k_, 5)
        self.assertGreater(adjusted_rand_score(GROUPS, found.estimators_[5].labels_), 0.99)

    def test_it_says_where_there_are_no_clusters(self):
        noise = np.random.RandomState(0).uniform(size=(400, 6))
        found = select_k(noise, range(4, 8), n_init=3, random_state=0)
        self.assertIn("no k gives stable clusters", found.reason_)

    def test_bad_input(self):
        for bad in ([], [1], [2.5]):
            with self.assertRaises((ValueError, TypeError)):
                select_k(BLOBS, bad)


if __name__ == "__main__":
    unittest.main()
