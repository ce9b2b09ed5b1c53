"""The report of a shop whose names are hostile: read as a browser reads it, in both languages, it holds only what is ours."""

import base64
import hashlib
import html.parser
import json
import re
import tempfile
import unittest
from pathlib import Path

import shop

EVIL = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>", "{a|b}\u2028\"'&amp;", "=HYPERLINK(1)"]
LIMIT = 3_000_000
TAGS = set("html head meta title style body main header section article div p h1 h2 h3 h4 h5 ul ol li dl dt dd nav a strong b "
           "bdi small span i table caption thead tbody tr th td figure figcaption svg desc g line path rect circle text "
           "details summary code script".split())


class Page(html.parser.HTMLParser):
    """Tags, attributes and scripts of a page, as Python's parser sees them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.policy = set(), set(), ""
        self.scripts, self.data, self.open = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        attributes = dict(attrs)
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        if tag == "script":
            self.open = self.data if attributes.get("type") == "application/json" else self.scripts
            self.open.append("")

    def handle_data(self, data):
        if self.open is not None:
            self.open[-1] += data

    def handle_endtag(self, tag):
        if tag == "script":
            self.open = None


def rows():
    """Forty members who buy by turns from a few products for half a year: every section has something to say."""
    lines = ["user_id,item_id,name,category,behavior_type,timestamp,unit_price,quantity"]
    for day in range(180):
        for turn in range(4):
            user = (day * 7 + turn * 11) % 40
            item = (user + day // 30) % 8
            name = EVIL[item % len(EVIL)].replace('"', '""')
            date = f"2025-{1 + day // 30:02}-{1 + day % 30 if day // 30 != 1 else 1 + day % 28:02}"
            lines.append(f'u{user},i{item},"{name}","{name}",buy,{date} {9 + turn}:00:00,{5 + item},1')
    return "\n".join(lines) + "\n"


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="coterie-e2e-")
        cls.addClassCleanup(folder.cleanup)
        folder = Path(folder.name)
        (folder / "rows.csv").write_text(rows(), encoding="utf-8")
        made = folder / "made.shop"
        mapping = "user_id=user_id,item_id=item_id,item.name=name,item.category=category,behavior=behavior_type,ts=timestamp," \
                  "unit_price=unit_price,quantity=quantity"
        for words in (("import", made, folder / "rows.csv", "--map", mapping, *shop.NEW), ("run", made)):
            answer = shop.run(*words, "--quiet")
            assert answer.exit_code == 0, answer.stderr
        cls.pages = {}
        for language in ("en", "zh"):
            path = folder / f"{language}.html"
            answer = shop.run("report", made, "-o", path, "--lang", language, "--quiet")
            assert answer.exit_code == 0, answer.stderr
            cls.pages[language] = path.read_text(encoding="utf-8")

    def each(self):
        for language, text in self.pages.items():
            with self.subTest(language=language):
                yield text, Page(text)

    def test_a_name_is_never_markup(self):
        for text, page in self.each():
            self.assertIn("&lt;img src=x onerror=alert(2)&gt;", text)
            self.assertLessEqual(page.tags, TAGS)
            self.assertFalse({name for name in page.attributes if name.startswith("on") or name in ("src", "srcset")})

    def test_the_policy_lets_its_two_scripts_run_and_no_other(self):
        for _, page in self.each():
            self.assertEqual(len(page.scripts), 2)
            digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in page.scripts]
            self.assertEqual(re.findall(r"'sha256-([^']+)'", page.policy), digests)
            self.assertNotIn("unsafe", page.policy.split("script-src")[1])
            self.assertIn("default-src 'none'", page.policy)

    def test_every_chart_has_data_with_units_and_numbers(self):
        for text, page in self.each():
            self.assertEqual(text.count("<figure"), len(page.data) - 1, "the last one is the words of the buttons")
            for chart in map(json.loads, page.data[:-1]):
                self.assertTrue(chart["title"] and chart["description"])
                for series in chart.get("series", []):
                    self.assertTrue(chart["x"]["title"] and chart["y"]["title"])
                    for point in series["points"]:
                        self.assertTrue(all(isinstance(value, (int, float)) for value in (*point[:2], *point[3:])))

    def test_it_is_small_and_loads_nothing(self):
        for text, page in self.each():
            self.assertLess(len(text.encode()), LIMIT)
            self.assertFalse(page.tags & {"link", "img", "iframe", "object", "embed", "base", "form"})


if __name__ == "__main__":
    unittest.main()
