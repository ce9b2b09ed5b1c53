"""Every command and subcommand explains itself with an example."""

import re
import unittest

import shop

SHOP = "my.shop"


def subcommands(text):
    """The names under "Subcommands:"."""
    part = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^  (\w+)  ", part.group(1), re.MULTILINE) if part else []


class Help(unittest.TestCase):
    def assert_explained(self, *words):
        answer = shop.run(*words, "--help")
        self.assertEqual((answer.exit_code, answer.stderr), (0, ""), words)
        self.assertRegex(answer.stdout, r"Usage: coterie ")
        return answer.stdout

    def assert_has_example(self, text, *words):
        """An example is a line that begins with the command itself, with its subcommand if it has one."""
        examples = text[text.index("Example:"):]
        self.assertRegex(examples, rf"\n  coterie {words[0]} ")
        if len(words) > 1:
            self.assertRegex(examples, rf"\n  coterie {words[0]} \S+ {words[-1]}\b")

    def test_every_command_has_an_example(self):
        commands = subcommands(self.assert_explained())
        self.assertEqual(set(commands), {"import", "quarantine", "generate", "run", "report", "features",
                                         "segments", "changes", "sales", "models", "recommend", "show", "compact", "doctor",
                                         "sql", "export"})
        for name in commands:
            with self.subTest(command=name):
                text = self.assert_explained(name)
                self.assert_has_example(text, name)
                self.assertIn("--json", text)
            for part in subcommands(text):
                with self.subTest(command=name, part=part):
                    self.assert_has_example(self.assert_explained(name, SHOP, part), name, part)

    def test_the_program_says_how_to_begin(self):
        self.assertIn("coterie generate demo.shop", self.assert_explained())

    def test_version(self):
        answer = shop.run("--version")
        self.assertEqual(answer.exit_code, 0)
        self.assertRegex(answer.stdout, r"^coterie \d+\.\d+")


if __name__ == "__main__":
    unittest.main()
