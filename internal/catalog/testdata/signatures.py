"""Reads what arguments the operators of Airflow and of its providers take, and writes ../signatures.txt.

A release is read without being imported, as most of them need another Airflow than any that is there. What a class takes is what
its constructor has, and where that hands its **kwargs on, what the next constructor has beside what it is handed by name.

signatures.py FOLDER      pip brings the releases below into FOLDER
"""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "apache-airflow-providers-"

# Releases that have, together, every argument that any release until November 2026 has, and need what all of them need; left out
# are standard 0.0.x, which no Airflow 3 has.
RELEASES = {
    "standard": "1.0.0 1.1.0 1.2.0 1.3.0 1.4.1 1.5.0 1.6.0 1.7.0 1.8.0 1.9.2 1.10.3 1.11.1 1.12.3 1.13.1 1.14.0 1.15.0 1.16.0 1.17.0 "
    "1.18.0 1.19.0 1.20.1 1.21.0",
    "http": "1.0.0 1.1.1 2.0.0 2.1.2 3.0.0 4.0.0 4.5.2 4.9.1 4.13.3 5.0.0 5.6.4 6.0.0 6.3.0",
    "common-sql": "1.0.0 1.7.2 1.14.2 1.20.0 1.28.2 1.31.0 1.36.0 2.0.0 2.4.0",
    "docker": "1.0.0 1.2.0 2.7.0 3.0.0 3.6.0 3.9.2 3.14.1 4.0.0 4.3.1 4.6.1",
    "ftp": "1.1.0 2.1.2 3.0.0 3.16.1",
    "imap": "1.0.1 2.2.3 3.0.0 3.13.1",
    "smtp": "1.0.0 1.6.1 1.9.0 2.0.0 2.2.1 2.4.5 3.0.0 3.2.0",
    "cncf-kubernetes": "1.2.0 2.2.0 3.0.0 4.4.0 5.0.0 5.3.0 6.1.0 7.0.0 7.5.1 7.9.0 7.14.0 8.0.0 8.2.0 8.4.2 9.0.1 10.0.0 10.4.3 "
    "10.6.2 10.8.2 10.12.4 10.17.1 10.25.0",
    "apache-spark": "4.11.3 5.6.0 6.3.4",
}
AIRFLOW = ("2.9", "2.10", "2.11", "3.0", "3.1", "3.2", "3.3")
FOLDERS = {"operators", "sensors", "decorators", "transfers"}

# Where the reading ends: their arguments are those of the Airflow at hand, not of a provider.
ROOTS = {"BaseOperator": "operator", "BaseSensorOperator": "sensor"}
GIVEN = {"python_callable", "op_args", "op_kwargs", "kwargs_to_upstream", "task_id"}  # what a decorator gives itself


class Tree:
    """The modules of a wheel or an installed Airflow."""

    def __init__(self, path: pathlib.Path, behind: Tree | None = None) -> None:
        self.path, self.behind, self.parsed = path, behind, {}
        if path.is_dir():
            core = [path / "airflow" / name for name in (*FOLDERS, "models", "sdk/bases")]
            self.files = {str(f.relative_to(path)): f.read_text for folder in core for f in folder.rglob("*.py")}
        else:
            archive = zipfile.ZipFile(path)
            self.files = {n: lambda n=n: archive.read(n).decode() for n in archive.namelist() if n.endswith(".py")}

    def module(self, name: str) -> Module | None:
        if name not in self.parsed:
            base = name.replace(".", "/")
            found = next((f for f in (base + ".py", base + "/__init__.py") if f in self.files), None)
            self.parsed[name] = Module(self, name, ast.parse(self.files[found]())) if found else None
        return self.parsed[name]

    def classes(self) -> list[tuple[str, Class]]:
        found = []
        for file in sorted(self.files):
            name = file.removesuffix(".py").replace("/", ".")
            if not FOLDERS & set(name.split(".")) or name.endswith("__init__"):
                continue
            for cls in self.module(name).all():
                decorated = cls.name.endswith(("DecoratedOperator", "DecoratedSensorOperator", "_StubOperator"))
                if "decorators" in name.split(".") and decorated or not cls.name.startswith("_") and "decorators" not in name:
                    found.append((f"{name}.{cls.name}", cls))
        return found


class Module:
    def __init__(self, tree: Tree, name: str, parsed: ast.Module) -> None:
        self.tree, self.name, self.imports = tree, name, {}
        nodes = list(ast.walk(parsed))
        self.classes = {n.name: Class(self, n) for n in nodes if isinstance(n, ast.ClassDef)}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.imports.setdefault(alias.asname or alias.name, []).append((node.module, alias.name))

    def all(self) -> list[Class]:
        """The classes of the module, those included that it has under an old path of theirs."""
        found = list(self.classes.values())
        for module, _ in self.imports.get("*", []):
            if there := self.tree.module(module):
                found += there.classes.values()
        return found

    def find(self, name: str) -> Class | None:
        """The class of a name here, or one of the same name in what lies behind; None where neither is an operator."""
        if name in self.classes:
            return self.classes[name]
        for module, original in self.imports.get(name, []):
            if (there := self.tree.module(module)) and (cls := there.find(original)):
                return cls
        if self.tree.behind and name in self.imports:
            for _, cls in self.tree.behind.classes():
                if cls.name == name:
                    return cls
        return None


class Class:
    def __init__(self, module: Module, node: ast.ClassDef) -> None:
        self.module, self.name = module, node.name
        self.bases = [b.id if isinstance(b, ast.Name) else getattr(b, "attr", "") for b in node.bases]
        self.init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)

    def line(self) -> list[Class | str]:
        """The classes behind this one in the order in which Python asks them; a root is its name."""
        lines = []
        for base in self.bases:
            if base in ROOTS:
                lines.append([base])
            elif base == "DecoratedOperator":
                lines.append([base, "BaseOperator"])
            elif found := self.module.find(base):
                lines.append(found.line())
        return [self, *merge([*lines, [line[0] for line in lines]])]


def merge(lines: list[list]) -> list:
    lines, out = [list(line) for line in lines if line], []
    while lines:
        for line in lines:
            if not any(line[0] in other[1:] for other in lines):
                break
        head = line[0]
        out.append(head)
        lines = [rest for line in lines if (rest := [c for c in line if c is not head and c != head])]
    # BaseOperator comes last, whatever was said of it above.
    return [c for c in out if c not in ROOTS] + sorted((c for c in out if c in ROOTS), reverse=True)


class Takes:
    """What a constructor takes."""

    def __init__(self, root: str = "") -> None:
        self.root, self.names, self.required, self.any = root, set(), set(), False

    def words(self) -> str:
        words = [self.root or "none"] + ["**"] * self.any
        return " ".join(words + [n + "!" if n in self.required else n for n in sorted(self.names)])


def takes(line: list[Class | str]) -> Takes:
    for i, cls in enumerate(line):
        if cls in ROOTS:
            return Takes(ROOTS[cls])
        if cls == "DecoratedOperator":
            behind = takes(line[i + 1 :])
            behind.names -= GIVEN
            behind.required -= GIVEN
            return behind
        if cls.init:
            return constructor(cls.init, line[i + 1 :])
    return Takes()


def constructor(init: ast.FunctionDef, behind: list[Class | str]) -> Takes:
    named = init.args.posonlyargs + init.args.args[1:]
    optional = named[len(named) - len(init.args.defaults) :] if init.args.defaults else []
    optional = optional + [a for a, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True) if default is not None]
    mine = Takes()
    mine.names = {a.arg for a in named + init.args.kwonlyargs}
    mine.required = mine.names - {a.arg for a in optional}
    rest = init.args.kwarg.arg if init.args.kwarg else None
    if not rest:
        return mine
    nodes = list(ast.walk(init))
    popped, set_here, handed = set(), set(), []
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="pop" | "setdefault" as how), args=[ast.Constant(value=str(key)), *_]
            ):
                if name == rest:
                    (popped if how == "pop" else set_here).add(key)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)), ctx=ast.Store()):
                if name == rest:
                    set_here.add(key)
            case ast.Call(func=ast.Attribute(attr="__init__"), keywords=keywords) if any(k.arg is None for k in keywords):
                handed.append({k.arg for k in keywords if k.arg})
    mine.any = not handed
    first = True
    for explicit in handed:
        there = takes(behind)
        there.required -= explicit | set_here | mine.names | popped
        there.names -= explicit
        mine.required = mine.required | there.required if first else mine.required
        mine.names |= there.names
        mine.root, mine.any, first = there.root, mine.any or there.any, False
    mine.names |= popped
    return mine


def read(tree: Tree) -> dict[str, Takes]:
    out = {}
    for path, cls in tree.classes():
        line = cls.line()
        if any(c in ROOTS for c in line):
            found = takes(line)
            found.names.discard("task_id")
            found.required.discard("task_id")
            if "decorators" in path:
                found.names -= GIVEN
                found.required -= GIVEN
            out[path] = found
    return out


def joined(all_of: list[Takes]) -> Takes:
    """What any of several releases takes; needed is what all of them need."""
    out = Takes(all_of[-1].root)
    out.names = set().union(*(t.names for t in all_of))
    out.required = set.intersection(*(t.required for t in all_of))
    out.any = any(t.any for t in all_of)
    return out


def write(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = {}  # the lines of a path: what it takes, and the versions of Airflow for which it is so

    def add(path: str, version: str, found: Takes) -> None:
        table.setdefault(path, {}).setdefault(found.words(), []).append(version)

    def wheel(provider: str, version: str) -> pathlib.Path:
        file = folder / f"{(PREFIX + provider).replace('-', '_')}-{version}-py3-none-any.whl"
        if not file.exists():
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
            subprocess.run([*pip, "--dest", folder, f"{PREFIX}{provider}=={version}"], check=True)
        return file

    env = HERE.parents[1] / "airflowenv" / "env.py"
    for version in AIRFLOW:
        python = subprocess.run([sys.executable, env, "python", version], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        tree = Tree(next((pathlib.Path(python).parents[1] / "lib").glob("python*/site-packages")))
        base = tree.module("airflow.sensors.base" if version < "3" else "airflow.sdk.bases.sensor").classes["BaseSensorOperator"]
        add("BaseSensorOperator", version, takes(base.line()))
        if version < "3":
            for path, found in read(tree).items():
                add(path, version, found)
    behind = Tree(wheel("standard", RELEASES["standard"].split()[-1]))
    for provider, versions in RELEASES.items():
        releases = [read(Tree(wheel(provider, version), behind)) for version in versions.split()]
        for path in {path for release in releases for path in release}:
            add(path, "*", joined([release[path] for release in releases if path in release]))
    lines = [f"{path} {','.join(versions)} {words}" for path in sorted(table) for words, versions in table[path].items()]
    (HERE.parent / "signatures.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[1]))
