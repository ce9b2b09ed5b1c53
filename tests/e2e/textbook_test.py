"""The textbook exercise: k-means with five clusters on the behaviour counts of the four-column file, as
scikit-learn finds them from the same five members."""

import random
import unittest

import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

import shop

BEHAVIORS = {"pv": "view", "fav": "favorite", "cart": "cart", "buy": "buy"}
FEATURES = [f"count_{name}" for name in BEHAVIORS.values()]
WORDS = ("--behavior", "pv=view,fav=favorite", *shop.NEW)
USERS, K, SEED = 2_000, 5, 20_171_125


def behavior_file(seed):
    """Text of a file like Taobao's UserBehavior, times as epoch seconds; and the counts of each member."""
    numbers = random.Random(seed)
    kinds = [(3, .3, .3, .2), (25, 1, 2, .5), (60, 8, 4, 1), (20, 1, 9, 6), (110, 3, 12, 3)]
    lines, counts = [], {}
    for user in range(1, USERS + 1):
        kind = numbers.choices(kinds, weights=(40, 25, 15, 12, 8))[0]
        many = [min(int(numbers.expovariate(1 / mean)), 400) for mean in kind]
        many[0] += sum(many) == 0  # a member without events is no member
        counts[str(user)] = many
        for behavior, times in zip(BEHAVIORS, many):
            for _ in range(times):
                at = 1_511_539_200 + numbers.randrange(9 * 86_400)
                lines.append(f"{user},{numbers.randrange(100_000)},{behavior},{at}\n")
    numbers.shuffle(lines)
    return shop.HEADER + "".join(lines), counts


class Textbook(shop.ShopTest):
    def test_scikit_learn_finds_the_same_clusters(self):
        print_seed = f"seed {SEED}"
        text, counts = behavior_file(SEED)
        made = self.folder / "taobao.shop"
        answer = self.ok("import", made, self.write("UserBehavior.csv", text), *WORDS, "--repeats", "keep")
        self.assertEqual(answer["accepted"], text.count("\n") - 1, print_seed)
        table = self.ok("features", made, "show", "--as-of", "2018-01-01")
        columns = [table["features"].index(name) for name in FEATURES]
        ours = {user["user_id"]: [user["values"][column] for column in columns] for user in table["users"]}
        self.assertEqual(ours, counts, print_seed)

        users = sorted(counts)
        starts = random.Random(SEED).sample([user for user in users if min(counts[user]) > 0], K)
        clustering = self.ok("segments", made, "cluster", "--features", ",".join(FEATURES), "--k", K,
                             "--init-users", ",".join(starts))
        points = StandardScaler().fit_transform(np.array([counts[user] for user in users], dtype=float))
        init = points[[users.index(user) for user in starts]]
        # A member halfway between two starts may go either way, and all later rounds with it.
        nearest = np.sort(((points[:, None] - init) ** 2).sum(axis=2), axis=1)
        self.assertGreater((nearest[:, 1] - nearest[:, 0]).min(), 1e-9, "choose other starts")
        peer = KMeans(n_clusters=K, init=init, n_init=1).fit(points)
        self.assertLessEqual(abs(clustering["inertia"] / peer.inertia_ - 1), 1e-9, print_seed)
        labels = dict(clustering["labels"])
        self.assertEqual(sorted(labels), users)
        # The same partition: each of our clusters is exactly one of theirs.
        pairs = {(labels[user], int(label)) for user, label in zip(users, peer.labels_)}
        self.assertEqual(len(pairs), K, print_seed)
        self.assertEqual({cluster["users"] for cluster in clustering["clusters"]},
                         set(map(int, np.bincount(peer.labels_))))

    def test_repeats_that_are_dropped_count_once(self):
        rows = shop.HEADER + "1,2,pv,1511544070\n" * 3 + "1,2,buy,1511544070\n"
        answer = self.ok("import", self.folder / "s.shop", self.write("four.csv", rows), *WORDS)
        self.assertEqual((answer["received"], answer["accepted"], answer["duplicate"]), (4, 2, 2))

    def test_starts_must_be_members(self):
        text, _ = behavior_file(1)
        made = self.folder / "s.shop"
        self.ok("import", made, self.write("four.csv", text), *WORDS)
        cluster = ("segments", made, "cluster", "--features", "count_view,count_buy", "--k", 2,
                   "--init-users")
        self.refused("not_found", *cluster, "1,nobody", says=["member 2"])
        self.refused("invalid_argument", *cluster, "1", says=["1 members", "2 clusters"])


if __name__ == "__main__":
    unittest.main()
