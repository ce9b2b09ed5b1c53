"""The stubs that type checkers read say what the package has: every public name, every parameter, every default."""

import ast
import importlib
import inspect
import unittest
from pathlib import Path

import coterie

PACKAGE = Path(coterie.__file__).parent
MODULES = ("coterie", "coterie.cluster", "coterie.metrics", "coterie.workspace")


def stub_of(module):
    name = "__init__" if module == "coterie" else module.split(".")[1]
    return ast.parse((PACKAGE / f"{name}.pyi").read_text())


def parameters(node):
    """(name, kind, default) of a function of a stub; a default written ... may be anything."""
    arguments = node.args
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    out = [(a.arg, "positional", d) for a, d in zip(positional, defaults)]
    out += [(a.arg, "keyword", d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    return [one for one in out if one[0] != "self"]


class StubsTest(unittest.TestCase):
    def check(self, node, function, where):
        found = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
        if any(p.kind is p.VAR_KEYWORD for p in found):
            return  # it hands its options on; the stub names them
        stated = parameters(node)
        self.assertEqual([name for name, _, _ in stated], [p.name for p in found], where)
        for (name, kind, default), p in zip(stated, found):
            self.assertEqual(kind == "keyword", p.kind is p.KEYWORD_ONLY, f"{where}({name})")
            if isinstance(default, ast.Constant) and default.value is ...:
                continue
            expected = inspect.Parameter.empty if default is None else ast.literal_eval(default)
            self.assertEqual(expected, p.default, f"{where}({name})")

    def test_they_say_what_there_is(self):
        for name in MODULES:
            module = importlib.import_module(name)
            stated = set()
            body = stub_of(name).body
            self.classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
            for node in body:
                if isinstance(node, ast.FunctionDef):
                    stated.add(node.name)
                    self.check(node, getattr(module, node.name), f"{name}.{node.name}")
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    stated.add(node.name)
                    self.check_class(node, getattr(module, node.name), f"{name}.{node.name}")
            self.assertEqual(stated, set(module.__all__), name)

    def check_class(self, node, kind, where):
        methods = {}
        for one in [*(self.classes.get(base.id) for base in node.bases if isinstance(base, ast.Name)), node]:
            methods |= {member.name: member for member in one.body if isinstance(member, ast.FunctionDef)} if one else {}
        for name, member in methods.items():
            found = inspect.getattr_static(kind, name)
            self.check(member, found.fget if isinstance(found, property) else found, f"{where}.{name}")
        # scikit-learn adds set_..._request itself.
        public = {name for name in vars(kind) if not name.startswith("_") and not name.endswith("_request")
                  and callable(getattr(kind, name))}
        self.assertLessEqual(public, set(methods), where)

    def test_everything_public_is_documented(self):
        for name in MODULES:
            module = importlib.import_module(name)
            for public in module.__all__:
                thing = getattr(module, public)
                self.assertTrue(inspect.getdoc(thing), f"{name}.{public}")
                for member, value in vars(thing).items() if inspect.isclass(thing) else ():
                    if not member.startswith("_") and callable(value):
                        self.assertTrue(inspect.getdoc(value), f"{name}.{public}.{member}")


if __name__ == "__main__":
    unittest.main()
