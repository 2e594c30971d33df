"""What several instances have pushed, as a task sees it: in no version of Airflow a list, but a sequence that reads as it is used."""

from collections.abc import Sequence
from itertools import zip_longest


class LazySequence(Sequence):
    """What both versions have in common."""

    def __init__(self, items):
        self._items = items

    def __str__(self):
        return repr(self)

    def __eq__(self, other):
        if not isinstance(other, Sequence):
            return NotImplemented
        return all(one == two for one, two in zip_longest(self, other, fillvalue=object()))

    def __len__(self):
        return len(self._items)


class LazyXComSelectSequence(LazySequence):
    """Airflow 2."""

    __hash__ = None

    def __repr__(self):
        return f"LazySelectSequence([{len(self)} {'item' if len(self) == 1 else 'items'}])"

    def __iter__(self):
        yield from self._items

    def __getitem__(self, key):
        if isinstance(key, int):
            if not -len(self) <= key < len(self):
                raise IndexError(key)
            return self._items[key]
        if not isinstance(key, slice):
            raise TypeError(f"Sequence indices must be integers or slices, not {type(key).__name__}")
        if key.step not in (None, 1, -1):
            raise ValueError("non-trivial slice step not supported")
        rows = self._items[key.start : key.stop]  # which a step of -1 turns round, whatever the ends are
        return rows[::-1] if key.step == -1 else rows


class LazyXComSequence(LazySequence):
    """Airflow 3."""

    _counted = False

    def __repr__(self):
        if not self._counted:
            return "LazyXComSequence(<unevaluated length>)"
        return f"LazyXComSequence([{len(self)} {'item' if len(self) == 1 else 'items'}])"

    def __hash__(self):
        return hash(tuple(self))

    def __iter__(self):
        return LazyXComIterator(self)

    def __len__(self):
        self._counted = True
        return super().__len__()

    def __getitem__(self, key):
        if isinstance(key, slice):
            return self._items[key]
        if not isinstance(key, int):
            raise TypeError(f"Sequence indices must be integers or slices not {type(key).__name__}")
        try:
            return self._items[key]
        except IndexError:
            raise IndexError(key) from None


class LazyXComIterator:
    def __init__(self, items):
        self._items, self._next = items, 0

    def __iter__(self):
        return self

    def __next__(self):
        try:
            item = self._items[self._next]
        except IndexError:
            raise StopIteration from None
        self._next += 1
        return item


KINDS = {kind.__name__: kind for kind in (LazyXComSelectSequence, LazyXComSequence)}
