"""Print URIs of assets and what Airflow keeps of them, as JSON lines. Takes no arguments; runs on Airflow 2.11 and 3.3."""

import json
import warnings

warnings.simplefilter("ignore")

try:
    from airflow.sdk import Asset
except ImportError:
    from airflow.datasets import Dataset as Asset

URIS = [
    "s3://b", "s3://b/", "s3://b/a//", "S3://B/A", "a", "a/b/", "x-mine://h/p/", "X-mine://h/", "https://h?b=2&a=1&a=0", "https://h/p/?q=a+b#part",
    "https://user:secret@h/p", "file:///tmp/x/", "urn:a:b", "postgres://h:5432/d/s/t", "1a://h/", "a b://c/", "https://h/p?", "//h/p/", "s3://b/a?x=1;y=2",
]  # fmt: skip

for uri in URIS:
    print(json.dumps([uri, Asset(uri=uri).uri]))
