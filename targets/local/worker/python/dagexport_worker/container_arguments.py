"""The arguments of DockerOperator as those of `docker create`, as docker-py makes the request of them."""

import ast
import csv
import io
import os
import shlex

# What a mount of a type cannot have.
_OF_OTHERS = {
    "bind": ("labels", "no_copy", "tmpfs_size", "tmpfs_mode", "subpath"),
    "volume": ("propagation", "tmpfs_size", "tmpfs_mode"),
    "tmpfs": ("propagation", "labels", "no_copy"),
    "npipe": (),
}


def create_arguments(options, folder):
    """The arguments of `docker create` but for the environment, and the environment. The folder is mounted as tmp_dir."""
    given = options.get
    mounts, tmp_dir = [dict(one) for one in given("mounts") or []], given("tmp_dir", "/tmp/airflow")
    environment = {**_env_file(given("env_file")), **(given("environment") or {})}
    environment.pop("AIRFLOW_TMP_DIR", None)
    if folder:
        mounts.append({"target": tmp_dir, "source": folder, "type": "bind"})
        environment["AIRFLOW_TMP_DIR"] = tmp_dir
    environment.update(given("private_environment") or {})

    out = []
    for option, value in (
        ("name", given("container_name")), ("network", given("network_mode")), ("workdir", given("working_dir")), ("user", given("user")),
        ("hostname", given("hostname")), ("ipc", given("ipc_mode")), ("shm-size", _bytes(given("shm_size"))),
        ("memory", _bytes(given("mem_limit"))), ("cpu-shares", round(given("cpus", 1.0) * 1024)), ("log-driver", "json-file"),
    ):  # fmt: skip
        if value is not None:
            out.append(f"--{option}={value}")
    for option, name in (("max-size", "log_opts_max_size"), ("max-file", "log_opts_max_file")):
        if given(name) is not None:
            out.append(f"--log-opt={option}={given(name)}")
    out += [f"--{name}" for name in ("tty", "privileged") if given(name)]
    for option, name in (("dns", "dns"), ("dns-search", "dns_search"), ("cap-add", "cap_add")):
        out += [f"--{option}={one}" for one in given(name) or []]
    out += [f"--add-host={name}:{address}" for name, address in sorted((given("extra_hosts") or {}).items())]
    out += [f"--publish={one}" for key, value in (given("port_bindings") or {}).items() for one in _published(key, value)]
    out += [f"--ulimit={_ulimit(one)}" for one in given("ulimits") or []]
    labels = given("labels") or {}
    out += [f"--label={name}={value}" for name, value in (labels if isinstance(labels, dict) else dict.fromkeys(labels, "")).items()]
    out += [f"--mount={_mount(one)}" for one in mounts]
    entrypoint, command = _words(given("entrypoint")), _words(given("command"))
    if entrypoint:
        out.append(f"--entrypoint={entrypoint[0]}")
    return [*out, "--", options["image"], *entrypoint[1:], *command], environment


def check(options):
    """Raise what the operator raises of its arguments before it asks Docker for anything."""
    if options.get("auto_remove", "never") not in ("never", "success", "force"):
        raise ValueError(f"Invalid `auto_remove` value {options['auto_remove']!r}, expected one of 'never', 'success', or 'force'.")
    if options.get("port_bindings") and options.get("network_mode") == "host":
        raise ValueError("Port bindings is not supported in the host network mode")
    for mount in options.get("mounts") or []:
        kind = mount.get("type", "volume")
        if kind not in _OF_OTHERS:
            raise ValueError(f'Unsupported mount type: "{kind}"')
        if "target" not in mount or "source" not in mount:
            raise TypeError("a mount needs a target and a source")
        if any(mount.get(name) for name in _OF_OTHERS[kind]):
            raise ValueError(f"Incompatible options have been provided for the {kind} type mount.")


def _words(command):
    """The words of a command, which may be a Python list in a text."""
    if isinstance(command, str) and command.strip().startswith("["):
        command = ast.literal_eval(command)
    words = shlex.split(command) if isinstance(command, str) else list(command or [])
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"docker takes texts as the words of a command, not {word!r}")
    return words


def _env_file(text):
    if text is None:
        return {}
    from dotenv import dotenv_values

    return dotenv_values(stream=io.StringIO(text))


def _bytes(size):
    """A size in bytes; a text may have a unit."""
    if not isinstance(size, str):
        if isinstance(size, float):
            raise TypeError(f"docker takes a size as a whole number or a text, not {size!r}")
        return size
    if not size:
        return 0
    if size[-2:-1].isalpha() and size[-1] in "bB":
        size = size[:-1]
    number, unit = (size, "b") if size[-1].isdigit() else (size[:-1], size[-1].lower())
    if unit not in "bkmgt":
        raise ValueError(
            f"The specified value for memory ({size}) should specify the units. The postfix should be one of the b k m g characters"
        )
    return int(float(number) * 1024 ** "bkmgt".index(unit))


def _published(key, value):
    """The --publish of a port of the container, for each of what it is bound to."""
    for binding in value if isinstance(value, list) else [value]:
        if isinstance(binding, dict):
            host, port = binding.get("HostIp", ""), binding["HostPort"]
        elif isinstance(binding, tuple):
            host, port = binding if len(binding) == 2 else (binding[0], "") if isinstance(binding[0], str) else ("", binding[0])
        else:
            host, port = "", binding
        port = "" if port is None else port
        yield f"{host}:{port}:{key}" if host else f"{port}:{key}" if port != "" else f"{key}"


def _ulimit(one):
    soft, hard = one.get("soft", 0), one.get("hard", 0)
    return f"{one['name']}={soft}:{hard}"


def _mount(one):
    kind = one.get("type", "volume")
    if kind == "bind" and not os.path.isabs(str(one["source"])) and not str(one["source"])[1:3] == ":\\":
        raise ValueError(f"the source of a mount of the type bind must be an absolute path: {one['source']}")
    fields = [f"type={kind}", f"target={one['target']}"]
    if one.get("source"):
        fields.insert(1, f"source={one['source']}")
    if one.get("read_only"):
        fields.append("readonly")
    for option, name in (
        ("consistency", "consistency"), ("bind-propagation", "propagation"), ("volume-subpath", "subpath"),
    ):  # fmt: skip
        if one.get(name):
            fields.append(f"{option}={one[name]}")
    if one.get("no_copy"):
        fields.append("volume-nocopy")
    fields += [f"volume-label={name}={value}" for name, value in (one.get("labels") or {}).items()]
    if one.get("tmpfs_size"):
        fields.append(f"tmpfs-size={_bytes(one['tmpfs_size'])}")
    if one.get("tmpfs_mode"):
        fields.append(f"tmpfs-mode={one['tmpfs_mode']:o}")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()
