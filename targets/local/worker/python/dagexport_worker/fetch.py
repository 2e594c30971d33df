"""One HTTP request by the standard library, made and answered as the requests library does it."""

import base64
import datetime
import email.message
import http.client
import json
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

_REDIRECTS = (301, 302, 303, 307, 308)
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class HTTPError(OSError):
    """What raise_for_status raises."""


class Response:
    """What functions of the user's get of a response: the parts of a requests.Response that are about what came back."""

    def __init__(self, url, status, reason, headers, content, seconds, history):
        self.url, self.status_code, self.reason, self.content = url, status, reason, content
        self.headers = _Headers(headers)
        self.elapsed, self.history = datetime.timedelta(seconds=seconds), history
        self.encoding = _encoding(headers)

    @property
    def ok(self):
        return self.status_code < 400

    def __bool__(self):
        return self.ok

    @property
    def apparent_encoding(self):
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return "ISO-8859-1"
        return "utf-8"

    @property
    def text(self):
        try:
            return str(self.content, self.encoding or self.apparent_encoding, errors="replace")
        except LookupError:
            return str(self.content, errors="replace")

    def json(self, **keywords):
        text = self.text if self.encoding else self.content.decode(json.detect_encoding(self.content))
        return json.loads(text, **keywords)

    def iter_lines(self, decode_unicode=False):
        return iter((self.text if decode_unicode else self.content).splitlines())

    def raise_for_status(self):
        if self.status_code >= 400:
            side = "Client" if self.status_code < 500 else "Server"
            raise HTTPError(f"{self.status_code} {side} Error: {self.reason} for url: {self.url}")

    def __repr__(self):
        return f"<Response [{self.status_code}]>"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"a response has no {name!r} in a local run without an Airflow")


class _Headers(dict):
    """Headers by their names, in any case."""

    def __init__(self, headers):
        super().__init__()
        for name in headers.keys():
            self[name] = ", ".join(headers.get_all(name))
        self._names = {name.lower(): name for name in self}

    def __getitem__(self, name):
        return super().__getitem__(self._names.get(name.lower(), name))

    def __contains__(self, name):
        return name.lower() in self._names

    def get(self, name, default=None):
        return self[name] if name in self else default


def fetch(method, url, data, headers, credentials, timeout, follow, most, verify, cert, proxies):
    """The response, whatever its status. Raises OSError where there is none."""
    url, body, made = _prepare(method, url, data)
    named = email.message.Message()  # names in any case; the last of two of a name counts
    for name, value in [("User-Agent", "dagexport"), ("Accept", "*/*"), *made.items(), *headers.items()]:
        del named[name]
        if value is None:
            continue
        if not isinstance(value, (str, bytes)):
            raise ValueError(f"the value of the header {name!r} must be text, not {type(value).__name__}")
        named[name] = value if isinstance(value, str) else value.decode("latin-1")
    began, history = time.monotonic(), []
    opener = urllib.request.build_opener(
        _NoRedirects, urllib.request.HTTPSHandler(context=_tls(verify, cert)), urllib.request.ProxyHandler(proxies or None)
    )
    while True:
        url, credentials = _without_user(url, credentials)
        if credentials:
            del named["Authorization"]
            named["Authorization"] = "Basic " + base64.b64encode(":".join(credentials).encode("latin-1")).decode()
        request = _Request(url, body, dict(named.items()), method=method)
        response = _open(opener, request, _seconds(timeout), began, history)
        if not follow or response.status_code not in _REDIRECTS or "location" not in response.headers:
            return response
        if len(history) >= most:
            raise OSError(f"Exceeded {most} redirects.")
        history = [*history, response]
        target = urllib.parse.urljoin(url, urllib.parse.quote(response.headers["location"], safe=_SAFE))
        if urllib.parse.urlsplit(target).netloc != urllib.parse.urlsplit(url).netloc:
            credentials = None
            del named["Authorization"]
        if response.status_code == 303 and method != "HEAD" or response.status_code == 302 and method != "HEAD" or (
            response.status_code == 301 and method == "POST"
        ):  # fmt: skip
            method = "GET"
        if response.status_code not in (307, 308):
            body = None
            for name in ("Content-Length", "Content-Type", "Transfer-Encoding"):
                del named[name]
        url = target


def _prepare(method, url, data):
    """The URL, the body and the headers that are of the data."""
    url = urllib.parse.quote(url.lstrip(), safe=_SAFE)
    if method == "HEAD":
        return url, None, {}
    if method == "GET":
        query = data if isinstance(data, str) else _form(data)
        if query:
            head, mark, fragment = url.partition("#")
            url = head + ("&" if "?" in head else "?") + query + mark + fragment
        return url, None, {}
    if isinstance(data, str):
        return url, data.encode(), {}
    if isinstance(data, bytes):
        return url, data, {}
    if data:
        return url, _form(data).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return url, None, {"Content-Length": "0"}


def _form(data):
    pairs = []
    for name, values in data.items() if hasattr(data, "items") else data:
        for value in [values] if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__") else values:
            if value is not None:
                pairs.append((name, value))
    return urllib.parse.urlencode(pairs)


def _without_user(url, credentials):
    """A URL without the user in it, who counts where no other is given."""
    parts = urllib.parse.urlsplit(url)
    if "@" not in parts.netloc:
        return url, credentials
    user, _, host = parts.netloc.rpartition("@")
    login, _, password = user.partition(":")
    return parts._replace(netloc=host).geturl(), credentials or (urllib.parse.unquote(login), urllib.parse.unquote(password))


def _open(opener, request, timeout, began, history):
    given = {} if timeout is None else {"timeout": timeout}
    try:
        opened = opener.open(request, **given)
    except urllib.error.HTTPError as error:
        opened = error
    except urllib.error.URLError as error:
        if isinstance(error.reason, OSError):
            raise error.reason from None
        raise
    with opened:
        return Response(
            request.full_url, opened.status, opened.reason or http.client.responses.get(opened.status, ""), opened.headers, opened.read(),
            time.monotonic() - began, history,
        )  # fmt: skip


def _seconds(timeout):
    """requests takes a time to connect and one to read; the longer one is for both here."""
    if isinstance(timeout, (list, tuple)):
        known = [float(one) for one in timeout if one is not None]
        return max(known) if known else None
    return None if timeout is None else float(timeout)


def _tls(verify, cert):
    if verify is True:
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or _certifi()
    if verify is False:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif isinstance(verify, str):
        context = ssl.create_default_context(**({"capath": verify} if os.path.isdir(verify) else {"cafile": verify}))
    else:
        context = ssl.create_default_context()
    if cert:
        context.load_cert_chain(*([cert] if isinstance(cert, str) else cert))
    return context


def _certifi():
    try:
        import certifi
    except ImportError:
        return None
    return certifi.where()


def _encoding(headers):
    if headers.get("Content-Type") is None:
        return None
    charset = headers.get_param("charset")
    if isinstance(charset, str):
        return charset.strip("'\"")
    kind = headers.get_content_type()
    if "text" in kind:
        return "ISO-8859-1"
    return "utf-8" if "application/json" in kind else None


class _Request(urllib.request.Request):
    """A request of no type that nobody has named."""

    def has_header(self, header_name):
        return header_name == "Content-type" or super().has_header(header_name)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
