import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads cannot be forked

import numpy as np
import pandas as pd

SERIES = pd.Series([1, 2], index=["a", "b"], name="s")
FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", None]})

VALUES = {
    **{name: getattr(np, name)(3) for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    **{name: getattr(np, name)(1.1) for name in ("float16", "float32", "float64", "longdouble")},
    "nan": np.float64("nan"),
    "nan32": np.float32("nan"),
    "infinite": np.float32("inf"),
    "complex64": np.complex64(1.5),
    "complex128": np.complex128(1.5),
    "complex": np.complex128(1 + 2j),
    "true": np.bool_(True),
    "false": np.bool_(False),
    "text": np.str_("text"),
    "bytes": np.bytes_(b"bytes"),
    "date": np.datetime64("2026-01-02"),
    "delta": np.timedelta64(3, "D"),
    "void": np.void(b"x"),
    "array": np.array([1, 2, 3]),
    "array_of_none": np.array([]),
    "scalar_array": np.array(5),
    "matrix": np.eye(2),
    "dtype": np.dtype("int64"),
    "list": [np.int64(1), np.float64(2.5), np.bool_(True)],
    "list_of_floats": [np.float64(2.5), np.float32(0.5)],
    "tuple": (np.int64(1), np.float32(0.5)),
    "dict": {"a": np.int64(1), "b": [np.int32(2)]},
    "keys": {np.int64(1): "a", np.str_("b"): 1},
    "set": {np.int64(1)},
    "array_in_list": [np.array([1])],
    "plain": np.array([1, 2]).tolist(),
    "series": SERIES,
    "series_values": SERIES.tolist(),
    "series_item": SERIES["a"],
    "series_sum": SERIES.sum(),
    "series_mean": SERIES.mean(),
    "index": SERIES.index,
    "frame": FRAME,
    "frame_records": FRAME.to_dict("records"),
    "frame_dict": FRAME.to_dict(),
    "timestamp": pd.Timestamp("2026-01-02"),
    "timestamp_in_zone": pd.Timestamp("2026-01-02", tz="Europe/Berlin"),
    "pandas_delta": pd.Timedelta("1d"),
    "nat": pd.NaT,
    "missing": pd.NA,
    "interval": pd.Interval(0, 1),
    "category": pd.Categorical(["a", "b"]),
}


def gives(name):
    return VALUES[name]


def pushes(name, ti):
    ti.xcom_push(key="pushed", value=VALUES[name])


def sees(name, ti):
    """What comes back, told in plain words."""
    task = f"gives_{name}"
    value = ti.xcom_pull(task_ids=task)
    return [type(value).__module__, type(value).__name__, repr(value)]
