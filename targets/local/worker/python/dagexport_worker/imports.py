"""Doing something to a module once it is imported, whoever imports it and whenever."""

import sys


class Afterwards:
    """A finder for sys.meta_path that calls `then` with each of the modules `names` when it has been imported."""

    def __init__(self, names, then):
        self._names = names
        self._then = then

    def find_spec(self, name, path=None, target=None):
        if name not in self._names:
            return None
        import importlib.util

        at = sys.meta_path.index(self)
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(at, self)
        if spec is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                self._then(module)

            spec.loader.exec_module = exec_module
        return spec
