"""Print what CPython's own parser finds in the files of its standard library, one JSON object a line.

{"path", "source", "names": {name: signature or "class" or ""}, "sure": [names], "globals": [names]}
"""

from __future__ import annotations

import ast
import json
import pathlib
import sys
import sysconfig
import tokenize
import warnings


class Names(ast.NodeVisitor):
    """The names that the code of a module binds, with how often."""

    def __init__(self) -> None:
        self.bound: dict[str, int] = {}
        self.deleted: set[str] = set()

    def bind(self, name: str | None) -> None:
        if name is not None:
            self.bound[name] = self.bound.get(name, 0) + 1

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        elif isinstance(node.ctx, ast.Del):
            self.deleted.add(node.id)

    def visit_FunctionDef(self, node) -> None:
        self.bind(node.name)
        for child in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(child)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bind(node.name)
        for child in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(child)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        pass

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for child in [node.iter, *node.ifs]:
            self.visit(child)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.target)
            self.visit(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.bind(alias.asname or alias.name.partition(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.bind(alias.asname or alias.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node) -> None:
        self.bind(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node) -> None:
        self.bind(node.rest)
        self.generic_visit(node)


def mark_of(default) -> str:
    if default is None:
        return ""
    return "!" if isinstance(default, ast.Constant) and default.value is None else "!!"


def signature(node) -> str:
    args = node.args
    out = []
    positional = [("/", a) for a in args.posonlyargs] + [("", a) for a in args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
    for (mark, a), default in zip(positional, defaults, strict=True):
        out.append(mark + a.arg + mark_of(default))
    if args.vararg:
        out.append("*" + args.vararg.arg)
    for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=False):
        out.append("=" + a.arg + mark_of(default))
    if args.kwarg:
        out.append("**" + args.kwarg.arg)
    return "(" + ",".join(out) + ")"


def describe(tree: ast.Module) -> dict:
    all_names, sure = Names(), set()
    all_names.visit(tree)
    deleted = all_names.deleted
    declared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    names = {name: "" for name in all_names.bound}
    compound = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)
    for statement in tree.body:
        if isinstance(statement, compound):
            continue
        here = Names()
        here.visit(statement)
        walrus = {n.target.id for n in ast.walk(statement) if isinstance(n, ast.NamedExpr)}
        sure |= set(here.bound) - walrus
        name = getattr(statement, "name", "")
        if all_names.bound.get(name) == 1 and name not in declared | deleted and not getattr(statement, "decorator_list", ()):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names[name] = signature(statement)
            elif isinstance(statement, ast.ClassDef):
                names[name] = "class"
    return {"names": names, "sure": sorted(sure - deleted), "globals": sorted(declared)}


def main() -> None:
    warnings.simplefilter("ignore")
    root = pathlib.Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        if "site-packages" in path.parts:
            continue
        try:
            with tokenize.open(path) as file:
                source = file.read()
            tree = ast.parse(source)
        except (SyntaxError, UnicodeDecodeError):
            continue
        json.dump({"path": str(path.relative_to(root)), "source": source, **describe(tree)}, sys.stdout)
        print()


main()
